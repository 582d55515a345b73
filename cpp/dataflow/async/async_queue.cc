#include "dataflow/async/async_queue.h"

#include "base/error.h"

namespace pf {

void AsyncQueue::add_call(CallId call) {
  PF_CHECK(has_room_for_call());
  ++open_segment().incomplete;
  calls_.emplace(call, first_segment_ + segments_.size() - 1);
}

void AsyncQueue::add_watermark(Watermark watermark) {
  PF_CHECK(has_room_for_watermark());
  if (segments_.empty() || segments_.back().end) segments_.emplace_back();
  segments_.back().end = watermark;
  ++watermarks_;
}

AsyncQueue::Segment& AsyncQueue::open_segment() {
  if (order_ == AsyncOrder::kOrdered || segments_.empty() || segments_.back().end) segments_.emplace_back();
  return segments_.back();
}

void AsyncQueue::complete(CallId call) {
  Segment& segment = segments_.at(calls_.at(call) - first_segment_);
  --segment.incomplete;
  segment.complete.push_back(call);
}

std::optional<AsyncQueue::Item> AsyncQueue::pop() {
  while (!segments_.empty()) {
    Segment& segment = segments_.front();
    if (!segment.complete.empty()) {
      CallId call = segment.complete.front();
      segment.complete.pop_front();
      calls_.erase(call);
      return call;
    }
    if (segment.incomplete > 0) return std::nullopt;
    std::optional<Watermark> end = segment.end;
    segments_.pop_front();
    ++first_segment_;
    if (!end) continue;
    --watermarks_;
    return *end;
  }
  return std::nullopt;
}

}  // namespace pf
