#include "dataflow/async/async_deadlines.h"

namespace pf {

void AsyncDeadlines::begin(CallId call, int64_t now) {
  Call& begun = calls_[call];
  if (timeout_millis_ == 0) return;
  begun.timeout = {now + timeout_millis_, Kind::kTimeout, call};
  deadlines_.insert(*begun.timeout);
}

void AsyncDeadlines::retry_at(CallId call, int64_t time) {
  auto found = calls_.find(call);
  if (found == calls_.end() || found->second.timed_out) return;
  withdraw(found->second.retry);
  found->second.retry = {time, Kind::kRetry, call};
  deadlines_.insert(*found->second.retry);
}

bool AsyncDeadlines::end(CallId call) {
  auto found = calls_.find(call);
  if (found == calls_.end()) return false;
  withdraw(found->second.timeout);
  withdraw(found->second.retry);
  calls_.erase(found);
  return true;
}

AsyncDeadlines::Due AsyncDeadlines::take_due(int64_t now) {
  Due due;
  while (!deadlines_.empty() && std::get<0>(*deadlines_.begin()) <= now) {
    auto [time, kind, id] = *deadlines_.begin();
    Call& call = calls_.at(id);
    if (kind == Kind::kRetry) {
      withdraw(call.retry);
      due.to_retry.push_back(id);
      continue;
    }
    withdraw(call.timeout);
    withdraw(call.retry);
    call.timed_out = true;
    due.timed_out.push_back(id);
  }
  return due;
}

int64_t AsyncDeadlines::next() const {
  return deadlines_.empty() ? kMaxTimestamp : std::get<0>(*deadlines_.begin());
}

void AsyncDeadlines::withdraw(std::optional<Deadline>& deadline) {
  if (!deadline) return;
  deadlines_.erase(*deadline);
  deadline.reset();
}

}  // namespace pf
