#include "state/list_state.h"

#include "serde/owned_datum.h"
#include "state/list_cell.h"

namespace pf {

std::vector<Datum> ListState::get() {
  std::vector<Datum> copies;
  auto* cell = static_cast<ListCell*>(backend_->find_cell(state_));
  if (!cell) return copies;
  std::vector<Timed>& items = cell->all(descriptor(), backend_->place(state_));
  const auto& ttl = descriptor().ttl;
  int64_t now = backend_->now(state_);
  bool any_young = false;
  copies.reserve(items.size());
  for (const Timed& item : items) {
    bool young = !ttl || !is_expired(ttl->millis, item.touched, now);
    any_young |= young;
    if (young || ttl->return_expired) copies.push_back(descriptor().value->copy(item.value));
  }
  // As Flink has it: what has expired goes when all of it has, or when the rest is written with a new time.
  if (!items.empty() && !any_young) {
    cell->drop(descriptor());
    backend_->changed();
  } else if (!items.empty() && ttl && ttl->update_on_read) {
    cell->expire(descriptor(), now);
    for (Timed& item : items) item.touched = now;
    cell->mark_changed();
    backend_->changed();
  } else {
    backend_->loaded();
  }
  return copies;
}

void ListState::add(Datum owned) {
  OwnedDatum item(*descriptor().value, owned);
  static_cast<ListCell&>(backend_->make_cell(state_)).add(item.release(), backend_->now(state_));
  backend_->changed();
}

void ListState::update(const std::vector<Datum>& owned) {
  std::vector<OwnedDatum> items;
  for (Datum value : owned) items.emplace_back(*descriptor().value, value);
  auto& cell = static_cast<ListCell&>(backend_->make_cell(state_));
  cell.drop(descriptor());
  for (OwnedDatum& item : items) cell.add(item.release(), backend_->now(state_));
  backend_->changed();
}

void ListState::clear() {
  Cell* cell = backend_->find_cell(state_);
  if (!cell) return;
  cell->drop(descriptor());
  backend_->changed();
}

}  // namespace pf
