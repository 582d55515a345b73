#include "dataflow/window/sliced_windows.h"

#include <algorithm>

namespace pf {

std::optional<Window> SlicedWindows::over(const Window& slice, size_t index) const {
  if (!event_time_ || allowed_lateness_ == 0) return std::nullopt;
  const auto back = static_cast<int64_t>(index);
  if (back > slices_.size() / slices_.slide()) return std::nullopt;
  const int64_t begin = slice_begin(slice.bytes);
  const int64_t watermark = timers_.current_watermark();
  const int64_t first_not_over = slices_.first_window_ending_behind(watermark);
  const int64_t last =
      std::min(slices_.last_window_of(begin).value(), saturating_add(first_not_over, -slices_.slide()));
  const int64_t window = saturating_add(last, -back * slices_.slide());
  if (window < slices_.first_window_of(begin) || slices_.max_timestamp(window) > watermark)
    return std::nullopt;
  if (saturating_add(slices_.max_timestamp(window), allowed_lateness_) <= watermark) return std::nullopt;
  return window_at(window);
}

std::optional<Window> SlicedWindows::first_open(const Window& slice) const {
  const int64_t begin = slice_begin(slice.bytes);
  int64_t first = slices_.first_window_of(begin);
  if (event_time_) first = std::max(first, slices_.first_window_ending_behind(timers_.current_watermark()));
  if (first > slices_.last_window_of(begin).value()) return std::nullopt;
  return window_at(first);
}

std::optional<Window> SlicedWindows::next(const Window& window) const {
  const int64_t begin = saturating_add(time_span_of(window.bytes).start, slices_.slide());
  if (begin == kMaxTimestamp) return std::nullopt;
  return window_at(begin);
}

}  // namespace pf
