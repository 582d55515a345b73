#include "state/value_state.h"

#include <utility>

#include "serde/owned_datum.h"
#include "state/value_cell.h"

namespace pf {

ValueState::ValueState(ValueState&& other) noexcept
    : backend_(other.backend_),
      state_(other.state_),
      expired_(other.expired_),
      holds_expired_(std::exchange(other.holds_expired_, false)) {}

void ValueState::forget_expired() noexcept {
  if (std::exchange(holds_expired_, false)) descriptor().value->destroy(expired_);
}

Datum* ValueState::find() {
  auto* cell = static_cast<ValueCell*>(backend_->find_cell(state_));
  Timed* item = cell ? cell->get() : nullptr;
  if (!item) return nullptr;
  const auto& ttl = descriptor().ttl;
  return ttl ? find_timed(*cell, *item, *ttl) : &item->value;
}

Datum* ValueState::find_timed(ValueCell& cell, Timed& item, const StateTtl& ttl) {
  int64_t now = backend_->now(state_);
  if (!is_expired(ttl.millis, item.touched, now)) {
    if (!ttl.update_on_read || item.touched == now) return &item.value;
    item.touched = now;
    cell.mark_changed();
    backend_->changed();
    // Above a store, a change may have sent the cell away.
    return &static_cast<ValueCell*>(backend_->find_cell(state_))->get()->value;
  }
  forget_expired();
  if (ttl.return_expired) {
    expired_ = descriptor().value->copy(item.value);
    holds_expired_ = true;
  }
  cell.drop(descriptor());
  backend_->changed();
  return holds_expired_ ? &expired_ : nullptr;
}

void ValueState::put(Datum owned) {
  OwnedDatum value(*descriptor().value, owned);
  auto& cell = static_cast<ValueCell&>(backend_->make_cell(state_));
  cell.put(descriptor(), value.release(), backend_->now(state_));
  backend_->changed();
}

void ValueState::changed() {
  auto& cell = static_cast<ValueCell&>(backend_->make_cell(state_));
  cell.mark_changed();
  if (descriptor().ttl && cell.get()) cell.get()->touched = backend_->now(state_);
  backend_->changed();
}

void ValueState::clear() {
  Cell* cell = backend_->find_cell(state_);
  if (!cell) return;
  cell->drop(descriptor());
  backend_->changed();
}

}  // namespace pf
