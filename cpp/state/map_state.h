#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/keyed_state_backend.h"

namespace pf {

/// A map for each key, whose own keys are bytes to it. Iterates in the order of these bytes. A view of the
/// backend, which must outlive it; same thread.
class MapState {
 public:
  MapState(KeyedStateBackend& backend, StateId state) : backend_(&backend), state_(state) {}

  /// A copy that the caller owns; false when absent.
  bool get(std::string_view key, Datum& copy);
  bool contains(std::string_view key);
  void put(std::string_view key, Datum owned);
  void remove(std::string_view key);
  bool is_empty();
  void clear();
  /// At most so many entries from a key on, in order; none only at the end. The caller owns the values.
  std::vector<std::pair<std::string, Datum>> entries_from(std::string_view from, size_t limit);
  /// Shows each entry, or those from a key on; the value is not the visitor's to keep. The visitor may change
  /// the state, and returns false to stop.
  void for_each(const std::function<bool(std::string_view key, Datum value)>& visitor,
                std::string_view from = {});
  /// The first key from that one on, and the last before a bound. Expired entries count as well.
  std::optional<std::string> first_key_from(std::string_view from);
  std::optional<std::string> last_key_before(std::string_view bound);

 private:
  const StateDescriptor& descriptor() const { return backend_->descriptor(state_); }

  KeyedStateBackend* backend_;
  StateId state_;
};

}  // namespace pf
