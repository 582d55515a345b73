#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <variant>

#include "model/stream_element.h"

namespace pf {

/// Numbers the calls of one asynchronous operator in the order of their records.
using CallId = uint64_t;

enum class AsyncOrder : uint8_t {
  kOrdered,    // results leave in the order of the records
  kUnordered,  // results leave as they come, but never across a watermark
};

/// In which order the results of asynchronous calls and the watermarks between them leave: as from
/// Flink's OrderedStreamElementQueue and UnorderedStreamElementQueue.
/// Plain code: calls and completions in, what may leave out; what a result is, it does not know.
class AsyncQueue {
 public:
  using Item = std::variant<CallId, Watermark>;

  /// At most `capacity` calls may be inside, complete or not, and as many watermarks.
  AsyncQueue(AsyncOrder order, size_t capacity) : order_(order), capacity_(capacity) {}

  bool has_room_for_call() const { return calls_.size() < capacity_; }
  bool has_room_for_watermark() const { return watermarks_ < capacity_; }
  bool empty() const { return calls_.empty() && watermarks_ == 0; }

  /// Only with room; each call once.
  void add_call(CallId call);
  void add_watermark(Watermark watermark);
  /// The call has its result. Only for a call that is inside, once.
  void complete(CallId call);
  /// The next item that may leave, if there is one.
  std::optional<Item> pop();

 private:
  /// Calls whose results may overtake one another: those between two watermarks, or a single one.
  struct Segment {
    size_t incomplete = 0;
    std::deque<CallId> complete;  // in order of completion
    std::optional<Watermark> end;
  };
  Segment& open_segment();

  const AsyncOrder order_;
  const size_t capacity_;
  std::deque<Segment> segments_;
  uint64_t first_segment_ = 0;                  // the number of segments_.front()
  std::unordered_map<CallId, uint64_t> calls_;  // the number of the segment of each call inside
  size_t watermarks_ = 0;
};

}  // namespace pf
