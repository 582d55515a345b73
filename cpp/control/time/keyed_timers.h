#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "state/keyed_state_backend.h"

namespace pf {

/// The timers of one keyed operator in one time domain: a set of times, each for a key and namespace (an
/// entry, see `entry_key`). They come due by time and, within a time, by the entry's bytes. Lives on the
/// task's thread. In snapshots as rows of the operator's keyed state.
class KeyedTimers : public KeyedRows {
 public:
  /// Nothing happens when it is there already.
  virtual void add(int64_t time, std::string_view entry) = 0;
  /// Nothing happens when there is none.
  virtual void remove(int64_t time, std::string_view entry) = 0;
  /// When the first one comes due.
  virtual std::optional<int64_t> earliest() const = 0;
  /// Takes the first one out if it is due by then, and gives its time.
  virtual std::optional<int64_t> pop_due(int64_t by, std::string& entry) = 0;
  /// All of them, in order.
  virtual void for_each(const std::function<void(int64_t time, std::string_view entry)>& visitor) const = 0;

  std::unique_ptr<FrozenRows> freeze(const KeyGroupOf& key_group) const override;
  void import_row(std::string_view entry, std::string_view detail) override;
};

/// In memory, or in the store of the state when it has one; `name` is the place there.
std::unique_ptr<KeyedTimers> make_keyed_timers(KeyedStateBackend& state, const std::string& name);

}  // namespace pf
