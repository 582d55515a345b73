#pragma once

#include <cstdint>
#include <optional>

#include "control/time/timer_service.h"
#include "dataflow/window/window.h"
#include "dataflow/window/window_slices.h"

namespace pf {

/// Which windows of those that share slices are over and which are open, as the watermark stands. Plain
/// arithmetic; remembers nothing.
class SlicedWindows {
 public:
  /// All outlive it. Windows of the clock are never over for records that come.
  SlicedWindows(const WindowSlices& slices, const TimerService& timers, bool event_time,
                int64_t allowed_lateness)
      : slices_(slices), timers_(timers), event_time_(event_time), allowed_lateness_(allowed_lateness) {}

  /// The windows of a slice that are over and still take records, one by one, the latest first.
  std::optional<Window> over(const Window& slice, size_t index) const;
  /// The first window of a slice that is not over.
  std::optional<Window> first_open(const Window& slice) const;
  /// The one that begins next; none at the end of time.
  std::optional<Window> next(const Window& window) const;

 private:
  Window window_at(int64_t begin) const { return time_window({begin, slices_.end_of(begin)}); }

  const WindowSlices& slices_;
  const TimerService& timers_;
  const bool event_time_;
  const int64_t allowed_lateness_;
};

}  // namespace pf
