#pragma once

#include <set>
#include <utility>

#include "control/time/keyed_timers.h"

namespace pf {

/// Timers that mostly lie in a store, as rows (time, entry) with the key group as value: the first ones are
/// in memory, all that come later are in the store, and no timer is in both. So one that is set and soon due
/// or deleted costs no row, and a million of them no memory.
class StoredTimers final : public KeyedTimers {
 public:
  /// Keeps at most twice `head_size` in memory. The store must outlive it.
  StoredTimers(StateStore& store, StateId state, KeyGroupOf key_group, size_t head_size = 4096)
      : store_(store), state_(state), key_group_(std::move(key_group)), head_size_(head_size) {}
  /// The store may have rows. Before any timer is added.
  void go_on_with_rows();

  void add(int64_t time, std::string_view entry) override;
  void remove(int64_t time, std::string_view entry) override;
  std::optional<int64_t> earliest() const override;
  std::optional<int64_t> pop_due(int64_t by, std::string& entry) override;
  void for_each(const std::function<void(int64_t time, std::string_view entry)>& visitor) const override;
  std::unique_ptr<FrozenRows> freeze(const KeyGroupOf& key_group) const override;

 private:
  bool belongs_to_head(std::string_view row) const { return !first_stored_ || row < *first_stored_; }
  void put(std::string_view row);
  void spill();
  void refill();

  StateStore& store_;
  StateId state_;
  KeyGroupOf key_group_;
  size_t head_size_;
  std::set<std::string, std::less<>> head_;  // rows; empty only when there are no timers
  /// No row of the store sorts before this one; without it, the store has none.
  std::optional<std::string> first_stored_;
};

}  // namespace pf
