#include "control/time/stored_timers.h"

namespace pf {
namespace {

constexpr size_t kTimeBytes = 8;

std::string row_of(int64_t time, std::string_view entry) {
  std::string row;
  row.reserve(kTimeBytes + entry.size());
  ByteWriter out(row);
  out.put_ordered64(time);
  out.put_raw(entry);
  return row;
}

int64_t time_of(std::string_view row) { return ByteReader(row).get_ordered64(); }

/// Those in memory, copied; the others are in the store.
class FrozenTimers final : public FrozenRows {
 public:
  FrozenTimers(StateId state, bool are_stored) : state_(state), are_stored_(are_stored) {}
  void add(uint32_t key_group, std::string_view row) {
    head_.add(key_group, row.substr(kTimeBytes), row.substr(0, kTimeBytes));
  }
  void for_each(const StoreView* store, const Visitor& visitor) const override {
    head_.for_each(nullptr, visitor);
    if (!store || !are_stored_) return;
    store->scan(state_, [&](std::string_view key, std::string_view value) {
      ByteReader in(value);
      uint32_t key_group = in.get_byte();
      key_group = key_group << 8 | in.get_byte();
      visitor({key_group, key.substr(kTimeBytes), key.substr(0, kTimeBytes), {}});
      return true;
    });
  }
  std::optional<StateId> times_in_store() const override { return state_; }

 private:
  const StateId state_;
  const bool are_stored_;
  CopiedRows head_;
};

}  // namespace

void StoredTimers::go_on_with_rows() {
  first_stored_.emplace();
  refill();
}

void StoredTimers::add(int64_t time, std::string_view entry) {
  std::string row = row_of(time, entry);
  if (!belongs_to_head(row)) return put(row);
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
  entry.assign(*head_.begin(), kTimeBytes);
  head_.erase(head_.begin());
  if (head_.empty()) refill();
  return time;
}

void StoredTimers::for_each(const std::function<void(int64_t, std::string_view)>& visitor) const {
  auto show = [&](std::string_view row, std::string_view) {
    visitor(time_of(row), row.substr(kTimeBytes));
    return true;
  };
  for (const std::string& row : head_) show(row, {});
  if (first_stored_) store_.scan(state_, {}, *first_stored_, show);
}

void StoredTimers::put(std::string_view row) {
  const uint32_t group = key_group_(row.substr(kTimeBytes));
  const char value[] = {static_cast<char>(group >> 8), static_cast<char>(group)};
  store_.put(state_, row, {value, sizeof(value)});
}

std::unique_ptr<FrozenRows> StoredTimers::freeze(const KeyGroupOf& key_group) const {
  auto frozen = std::make_unique<FrozenTimers>(state_, first_stored_.has_value());
  for (const std::string& row : head_) frozen->add(key_group(std::string_view(row).substr(kTimeBytes)), row);
  return frozen;
}

void StoredTimers::spill() {
  auto first = std::next(head_.begin(), static_cast<std::ptrdiff_t>(head_size_));
  first_stored_ = *first;
  for (auto row = first; row != head_.end(); ++row) put(*row);
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
