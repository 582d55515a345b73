#include "control/time/heap_timers.h"

namespace pf {

void HeapTimers::add(int64_t time, std::string_view entry) { by_time_[time].emplace(entry); }

void HeapTimers::remove(int64_t time, std::string_view entry) {
  auto at = by_time_.find(time);
  if (at == by_time_.end()) return;
  auto found = at->second.find(entry);
  if (found == at->second.end()) return;
  at->second.erase(found);
  if (at->second.empty()) by_time_.erase(at);
}

std::optional<int64_t> HeapTimers::earliest() const {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

std::optional<int64_t> HeapTimers::pop_due(int64_t by, std::string& entry) {
  auto first = by_time_.begin();
  if (first == by_time_.end() || first->first > by) return std::nullopt;
  int64_t time = first->first;
  entry = std::move(first->second.extract(first->second.begin()).value());
  if (first->second.empty()) by_time_.erase(first);
  return time;
}

void HeapTimers::for_each(const std::function<void(int64_t, std::string_view)>& visitor) const {
  for (const auto& [time, entries] : by_time_) {
    for (const std::string& entry : entries) visitor(time, entry);
  }
}

}  // namespace pf
