#include "dataflow/window/window_slices.h"

#include "dataflow/window/window.h"

namespace pf {

WindowSlices::Slice WindowSlices::slice_of(int64_t time) const {
  int64_t start = window_start(time, offset_, slide_);
  int64_t end = first_window_behind(time, 0);
  int64_t middle = saturating_add(start, cut());
  // At the beginning of time, the start is not where it should be.
  if (start == kMinTimestamp && cut() != 0) middle = saturating_add(end, cut() - slide_);
  if (middle == start) return {start, end};
  return time < middle ? Slice{start, middle} : Slice{middle, end};
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
  const int64_t from = saturating_add(time, -by);
  int64_t past = (from % slide_ - offset_ % slide_) % slide_;
  if (past < 0) past += slide_;
  return saturating_add(from, slide_ - past);
}

int64_t WindowSlices::end_of(int64_t window) const { return saturating_add(window, size_); }

int64_t WindowSlices::max_timestamp(int64_t window) const { return saturating_add(end_of(window), -1); }

int64_t WindowSlices::number_of(int64_t slice) const {
  const int64_t begin = window_start(slice, offset_, slide_);
  // Divided first, so that nothing overflows.
  const int64_t slides = begin / slide_ + (begin % slide_ - offset_ % slide_) / slide_;
  if (cut() == 0) return slides;
  return 2 * slides + (slice - begin >= cut() ? 1 : 0);
}

WindowSlices::Numbers WindowSlices::slices_of(int64_t window) const {
  const int64_t first = number_of(window);
  return {first, saturating_add(first, cut() == 0 ? size_ / slide_ : 2 * (size_ / slide_) + 1)};
}

WindowSlices::Numbers WindowSlices::slices_ending_with(int64_t window) const {
  const int64_t first = number_of(window);
  return {first, saturating_add(first, cut() == 0 ? 1 : 2)};
}

}  // namespace pf
