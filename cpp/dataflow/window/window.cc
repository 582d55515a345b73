#include "dataflow/window/window.h"

#include "serde/bytes.h"

namespace pf {

Window time_window(TimeSpan span) {
  Window window{{}, saturating_add(span.end, -1)};
  ByteWriter out(window.bytes);
  out.put_ordered64(span.start);
  out.put_varint(static_cast<uint64_t>(span.end) - static_cast<uint64_t>(span.start));
  return window;
}

TimeSpan time_span_of(std::string_view bytes) {
  ByteReader in(bytes);
  int64_t start = in.get_ordered64();
  uint64_t length = in.get_varint();
  return {start, static_cast<int64_t>(static_cast<uint64_t>(start) + length)};
}

Window global_window() { return {std::string(1, '\0'), kMaxTimestamp}; }

Window count_window(int64_t number) {
  Window window;
  ByteWriter(window.bytes).put_ordered64(number);
  return window;
}

int64_t count_window_number(std::string_view bytes) { return ByteReader(bytes).get_ordered64(); }

Window slice_of_windows(int64_t begin, int64_t max_timestamp) {
  Window slice{{}, max_timestamp};
  ByteWriter(slice.bytes).put_ordered64(begin);
  return slice;
}

int64_t slice_begin(std::string_view bytes) { return ByteReader(bytes).get_ordered64(); }

int64_t saturating_add(int64_t left, int64_t right) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(left, right, &sum)) return sum;
  return right < 0 ? kMinTimestamp : kMaxTimestamp;
}

int64_t window_start(int64_t time, int64_t offset, int64_t size) {
  // Each term is reduced first, so that nothing overflows on the way.
  int64_t remainder = (time % size - offset % size) % size;
  if (remainder < 0) remainder += size;
  return saturating_add(time, -remainder);
}

}  // namespace pf
