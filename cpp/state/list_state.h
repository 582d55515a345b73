#pragma once

#include <vector>

#include "state/keyed_state_backend.h"

namespace pf {

/// A list for each key. A view of the backend, which must outlive it; same thread.
class ListState {
 public:
  ListState(KeyedStateBackend& backend, StateId state) : backend_(&backend), state_(state) {}

  /// The elements of the current key, each a copy that the caller owns.
  std::vector<Datum> get();
  void add(Datum owned);
  /// Replaces the list.
  void update(const std::vector<Datum>& owned);
  void clear();

 private:
  const StateDescriptor& descriptor() const { return backend_->descriptor(state_); }

  KeyedStateBackend* backend_;
  StateId state_;
};

}  // namespace pf
