#include "control/time/stored_timers.h"

namespace pf {
namespace {

std::string row_of(int64_t time, std::string_view entry) {
  std::string row;
  row.reserve(8 + entry.size());
  ByteWriter out(row);
  out.put_ordered64(time);
  out.put_raw(entry);
  return row;
}

int64_t time_of(std::string_view row) { return ByteReader(row).get_ordered64(); }

}  // namespace

void StoredTimers::add(int64_t time, std::string_view entry) {
  std::string row = row_of(time, entry);
  if (!belongs_to_head(row)) return store_.put(state_, row, {});
  head_.insert(std::move(row));
  if (head_.size() > 2 * head_size_) spill();
}

void StoredTimers::remove(int64_t time, std::string_view entry) {
  std::string row = row_of(time, entry);
  if (!belongs_to_head(row)) return store_.remove(state_, row);
  if (head_.erase(row) > 0 && head_.empty()) refill();
}

std::optional<int64_t> StoredTimers::earliest() const {
  if (head_.empty()) return std::nullopt;
  return time_of(*head_.begin());
}

std::optional<int64_t> StoredTimers::pop_due(int64_t by, std::string& entry) {
  auto time = earliest();
  if (!time || *time > by) return std::nullopt;
  entry.assign(*head_.begin(), 8);
  head_.erase(head_.begin());
  if (head_.empty()) refill();
  return time;
}

void StoredTimers::for_each(const std::function<void(int64_t, std::string_view)>& visitor) const {
  auto show = [&](std::string_view row, std::string_view) {
    visitor(time_of(row), row.substr(8));
    return true;
  };
  for (const std::string& row : head_) show(row, {});
  if (first_stored_) store_.scan(state_, {}, *first_stored_, show);
}

void StoredTimers::spill() {
  auto first = std::next(head_.begin(), static_cast<std::ptrdiff_t>(head_size_));
  first_stored_ = *first;
  for (auto row = first; row != head_.end(); ++row) store_.put(state_, *row, {});
  head_.erase(first, head_.end());
}

void StoredTimers::refill() {
  if (!first_stored_) return;
  // Starts where the last refill ended: what lies before has been deleted, and a look at each such row costs.
  std::string from = std::move(*first_stored_);
  first_stored_.reset();
  store_.scan(state_, {}, from, [this](std::string_view row, std::string_view) {
    if (head_.size() == head_size_) {
      first_stored_ = row;
      return false;
    }
    head_.emplace_hint(head_.end(), row);
    return true;
  });
  for (const std::string& row : head_) store_.remove(state_, row);
}

}  // namespace pf
