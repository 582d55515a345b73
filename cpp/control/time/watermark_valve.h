#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/stream_element.h"

namespace pf {

/// What a change of one channel means for what comes after the channels; the watermark goes first.
struct WatermarkChange {
  std::optional<Watermark> watermark;
  std::optional<WatermarkStatus> status;
};

/// Merges the watermarks of several channels into that of the input: the minimum over those that
/// are active. A calculator: channel and value in, what to emit out; no thread, no clock.
/// Flink's StatusWatermarkValve is the model: a channel that comes back from idleness counts again
/// only once its own watermark has caught up with what was already emitted.
class WatermarkValve {
 public:
  explicit WatermarkValve(size_t channels) : channels_(channels) {}

  /// The watermark to emit, if the minimum has risen.
  std::optional<Watermark> on_watermark(size_t channel, Watermark watermark);

  /// What to emit when a channel becomes idle or active.
  WatermarkChange on_status(size_t channel, WatermarkStatus status);

  /// An ended channel never holds the minimum back again.
  WatermarkChange on_end(size_t channel);

  int64_t current() const { return emitted_; }

 private:
  struct State {
    int64_t watermark = kMinTimestamp;
    bool idle = false;
    bool aligned = true;
    bool ended = false;
  };
  std::optional<Watermark> rise_to_minimum();
  std::optional<Watermark> rise_to(int64_t timestamp);
  WatermarkChange leave(size_t channel);

  std::vector<State> channels_;
  int64_t emitted_ = kMinTimestamp;
  bool idle_ = false;
};

}  // namespace pf
