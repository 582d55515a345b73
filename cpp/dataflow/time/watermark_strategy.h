#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "control/time/watermark_generator.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// Gives rows their event time. Lives on the task's thread.
class TimestampAssigner {
 public:
  virtual ~TimestampAssigner() = default;
  /// For rows from `begin` on: `timestamps` holds the time that each row of the batch had before,
  /// `kMinTimestamp` for none, and is given the new one. At least one row, at most those before `end`; gives
  /// the row at which it stopped.
  virtual size_t assign(const Batch& batch, size_t begin, size_t end, std::span<int64_t> timestamps) = 0;
};

/// A strategy at work in one subtask.
class EventTime {
 public:
  virtual ~EventTime() = default;
  /// Null where rows keep the time that they have.
  virtual TimestampAssigner* assigner() = 0;
  /// Called for each split, or once.
  virtual std::unique_ptr<WatermarkGenerator> create_generator() = 0;
};

/// The sources of a group look at each other once in each interval, and one whose watermark is further
/// than this ahead of the lowest pauses.
struct WatermarkAlignment {
  std::string group;
  int64_t max_drift_millis = 0;
  int64_t interval_millis = 1'000;
};

/// How a stream gets event time. Shared by all subtasks, immutable.
class WatermarkStrategy {
 public:
  explicit WatermarkStrategy(int64_t interval_millis, std::optional<WatermarkAlignment> alignment = {})
      : interval_millis_(interval_millis), alignment_(std::move(alignment)) {}
  virtual ~WatermarkStrategy() = default;
  virtual std::unique_ptr<EventTime> open(OperatorContext& context) const = 0;
  virtual bool needs_lane() const { return false; }
  /// Between two periodic calls of a generator; 0 for none.
  int64_t interval_millis() const { return interval_millis_; }
  /// For sources.
  const std::optional<WatermarkAlignment>& alignment() const { return alignment_; }

 private:
  const int64_t interval_millis_;
  const std::optional<WatermarkAlignment> alignment_;
};

/// The generators that need no user code.
struct GeneratorSettings {
  std::optional<int64_t> bound_millis;  // none: no watermarks
  int64_t idle_timeout_nanos = 0;       // 0: never idle

  std::unique_ptr<WatermarkGenerator> create() const;
};

/// Rows keep the time that they have.
std::shared_ptr<const WatermarkStrategy> make_watermark_strategy(
    GeneratorSettings generator, int64_t interval_millis, std::optional<WatermarkAlignment> alignment = {});

/// Ingestion time: a row's time is that of the job's clock when it leaves the source, never less than
/// that of the row before, and the watermark follows the clock.
std::shared_ptr<const WatermarkStrategy> make_ingestion_time(int64_t interval_millis);

}  // namespace pf
