#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "control/time/watermark_output.h"
#include "model/stream_element.h"

namespace pf {

/// Decides when watermarks are made; one for each subtask, or for each split of a source. Lives on the
/// task's thread; starts anew after a restart.
class WatermarkGenerator {
 public:
  virtual ~WatermarkGenerator() = default;

  /// Shows rows [begin, end) of a batch; `timestamps` has one for each row of it. What is emitted here
  /// follows the last of the rows.
  virtual void on_events(const Batch& batch, size_t begin, size_t end, std::span<const int64_t> timestamps,
                         WatermarkOutput& out) = 0;

  /// Called once in each interval. The time serves to measure durations only.
  virtual void on_periodic_emit(int64_t monotonic_nanos, WatermarkOutput& out) = 0;

  /// True when it has to see each row alone, right after the row's timestamp was found.
  virtual bool row_by_row() const { return false; }
};

/// Emits nothing: the only watermark is that at the end of input.
std::unique_ptr<WatermarkGenerator> make_no_watermarks();

/// For rows at most `bound_millis` late: after the greatest timestamp t, periodically t - bound - 1.
std::unique_ptr<WatermarkGenerator> make_bounded_out_of_orderness(int64_t bound_millis);

/// Marks the output idle when no row has come for more than so long, as seen at periodic calls: the time
/// counts from the first such call without a row since the one before. Flink's WatermarksWithIdleness.
std::unique_ptr<WatermarkGenerator> make_with_idleness(std::unique_ptr<WatermarkGenerator> watermarks,
                                                       int64_t timeout_nanos);

}  // namespace pf
