#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace pf {

/// Decides when a loop has ended: its input has, and for a while no record has come back. A loop cannot
/// know more, since records on their way round are counted nowhere. Lives on the task's thread.
class LoopEnd {
 public:
  /// A wait of 0 is endless. `wake_after` has the task look again after so many nanoseconds.
  LoopEnd(int64_t wait_millis, const Clock& clock, std::function<void(int64_t)> wake_after)
      : wait_nanos_(wait_millis * 1'000'000), clock_(clock), wake_after_(std::move(wake_after)) {}

  void input_ended() { quiet_since_ = clock_.monotonic_nanos(); }
  void came_back() {
    if (quiet_since_) quiet_since_ = clock_.monotonic_nanos();
  }
  /// Asked when there is nothing to do. Unless it is true now, the task is woken when it may be.
  bool has_come() {
    if (!quiet_since_ || wait_nanos_ == 0) return false;
    int64_t left = *quiet_since_ + wait_nanos_ - clock_.monotonic_nanos();
    if (left <= 0) return true;
    if (int64_t now = clock_.monotonic_nanos(); !timer_due_ || now >= *timer_due_) {
      timer_due_ = now + left;
      wake_after_(left);
    }
    return false;
  }

 private:
  const int64_t wait_nanos_;
  const Clock& clock_;
  std::function<void(int64_t)> wake_after_;
  std::optional<int64_t> quiet_since_;
  std::optional<int64_t> timer_due_;  // one timer at a time is enough
};

}  // namespace pf
