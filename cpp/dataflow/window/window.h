#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/stream_element.h"

namespace pf {

/// A group of records. Known by its bytes, which are also the namespace of its state; what kind of window
/// they stand for only its assigner knows.
struct Window {
  std::string bytes;
  /// The largest timestamp that can belong to it, in milliseconds since the epoch; kMaxTimestamp when time
  /// does not end it.
  int64_t max_timestamp = kMaxTimestamp;

  bool operator==(const Window& other) const { return bytes == other.bytes; }
};

/// Milliseconds since the epoch, without the end.
struct TimeSpan {
  int64_t start = 0;
  int64_t end = 0;
};

/// Bytes: the start, and the length as a varint; they fit into a string without an allocation.
Window time_window(TimeSpan span);
/// Throws Error for other bytes.
TimeSpan time_span_of(std::string_view bytes);

/// The one window of everything.
Window global_window();

/// The window with a number among a key's count windows.
Window count_window(int64_t number);
int64_t count_window_number(std::string_view bytes);

/// A slice of windows that overlap, which begins at a time: in place of the windows that share it, with the
/// last timestamp of the last of them.
Window slice_of_windows(int64_t begin, int64_t max_timestamp);
int64_t slice_begin(std::string_view bytes);

/// Sums that stay at the end of the range instead of leaving it.
int64_t saturating_add(int64_t left, int64_t right);
/// Start of the window of this size that holds the time: floored, also for times before the epoch.
int64_t window_start(int64_t time, int64_t offset, int64_t size);

}  // namespace pf
