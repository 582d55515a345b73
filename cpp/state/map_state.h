#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

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
  /// Shows each entry, or those from a key on; the value stays the state's. The visitor must not use the
  /// state, and returns false to stop.
  void for_each(const std::function<bool(std::string_view key, Datum value)>& visitor,
                std::string_view from = {});
  /// The last key before a bound. Expired entries count as well.
  std::optional<std::string> last_key_before(std::string_view bound);

 private:
  const StateDescriptor& descriptor() const { return backend_->descriptor(state_); }

  KeyedStateBackend* backend_;
  StateId state_;
};

}  // namespace pf
