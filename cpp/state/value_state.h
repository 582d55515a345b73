#pragma once

#include "state/keyed_state_backend.h"

namespace pf {

class ValueCell;

/// One value for each key. A view of the backend, which must outlive it; same thread.
class ValueState {
 public:
  ValueState(KeyedStateBackend& backend, StateId state) : backend_(&backend), state_(state) {}
  ~ValueState() { forget_expired(); }
  ValueState(const ValueState&) = delete;
  ValueState& operator=(const ValueState&) = delete;
  ValueState(ValueState&& other) noexcept;

  /// The value of the current key, still owned by the state; null when there is none. Valid until the next
  /// use of the backend. Whoever changes it in place calls `changed`.
  Datum* find();
  void put(Datum owned);
  void changed();
  void clear();

 private:
  const StateDescriptor& descriptor() const { return backend_->descriptor(state_); }
  Datum* find_timed(ValueCell& cell, Timed& item, const StateTtl& ttl);
  void forget_expired() noexcept;

  KeyedStateBackend* backend_;
  StateId state_;
  Datum expired_;  // given out once more, and gone from the state
  bool holds_expired_ = false;
};

}  // namespace pf
