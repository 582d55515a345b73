#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "control/time/keyed_timers.h"
#include "state/keyed_state_backend.h"

namespace pf {

/// Time as a keyed operator sees it: the watermark, the clock, and timers of both domains for the current key
/// and namespace of its state. The operator calls `next_event_timer` after each `advance_watermark`, and
/// `next_processing_timer` at each of its turns, until there is none; in between it may stop, and set timers.
/// Lives on the task's thread. What a checkpoint keeps: the timers.
class TimerService {
 public:
  /// `request_turn_at` is the operator's; see OperatorContext. The state, whose snapshots hold the timers,
  /// must outlive it; timers that it restored come in at once. One for each operator.
  TimerService(KeyedStateBackend& state, const Clock& clock, std::function<void(int64_t)> request_turn_at);
  ~TimerService();
  TimerService(const TimerService&) = delete;
  TimerService& operator=(const TimerService&) = delete;

  int64_t current_watermark() const { return watermark_; }
  int64_t current_processing_time() const { return clock_.epoch_millis(); }

  void register_event_timer(int64_t time);
  void register_processing_timer(int64_t time);
  void delete_event_timer(int64_t time);
  void delete_processing_timer(int64_t time);
  /// For an operator whose timers follow each other, each registered when the one before comes due: at the
  /// end of time, too.
  void register_following_event_timer(int64_t time);
  void register_following_processing_timer(int64_t time);

  void advance_watermark(int64_t watermark) { watermark_ = watermark; }
  /// BATCH mode, after all records of a key: the watermark is at its end, every timer of either domain is
  /// due, whatever the clock shows, and none can be registered any more (Flink's
  /// BatchExecutionInternalTimeService).
  void end_time();
  /// For the next key: the watermark is at its beginning again.
  void begin_time();
  bool has_timers() const { return event_->earliest() || processing_->earliest(); }
  /// Takes out the first timer that is due, makes its key and namespace the current ones, and gives its time.
  std::optional<int64_t> next_event_timer();
  std::optional<int64_t> next_processing_timer();

  const KeyedTimers& event_timers() const { return *event_; }
  const KeyedTimers& processing_timers() const { return *processing_; }

 private:
  std::optional<int64_t> next(KeyedTimers& timers, int64_t by);
  void request_turn();

  KeyedStateBackend& state_;
  const Clock& clock_;
  std::function<void(int64_t)> request_turn_at_;
  std::unique_ptr<KeyedTimers> event_;
  std::unique_ptr<KeyedTimers> processing_;
  int64_t watermark_;
  bool time_is_over_ = false;
  std::string due_;
};

}  // namespace pf
