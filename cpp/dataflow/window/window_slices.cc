#include "dataflow/window/window_slices.h"

#include "dataflow/window/window.h"

namespace pf {

WindowSlices::Slice WindowSlices::slice_of(int64_t time) const {
  int64_t start = window_start(time, offset_, slide_);
  int64_t end = saturating_add(start, slide_);
  // Where a window ends between two that begin.
  int64_t cut = saturating_add(start, size_ < slide_ ? size_ : size_ % slide_);
  if (cut == start) return {start, end};
  return time < cut ? Slice{start, cut} : Slice{cut, end};
}

std::optional<int64_t> WindowSlices::last_window_of(int64_t slice) const {
  int64_t window = window_start(slice, offset_, slide_);
  if (slice >= end_of(window)) return std::nullopt;
  return window;
}

int64_t WindowSlices::first_window_ending_behind(int64_t time) const {
  return first_window_behind(saturating_add(time, 1), size_);
}

/// The first window that begins later than `by` before the time.
int64_t WindowSlices::first_window_behind(int64_t time, int64_t by) const {
  return saturating_add(window_start(saturating_add(time, -by), offset_, slide_), slide_);
}

int64_t WindowSlices::end_of(int64_t window) const { return saturating_add(window, size_); }

int64_t WindowSlices::max_timestamp(int64_t window) const { return saturating_add(end_of(window), -1); }

}  // namespace pf
