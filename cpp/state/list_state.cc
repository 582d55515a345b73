#include "state/list_state.h"

namespace pf {

std::vector<Datum> ListState::get() {
  std::vector<Datum> copies;
  auto* cell = static_cast<ListCell*>(backend_->find_cell(state_));
  if (!cell) return copies;
  std::vector<Timed>& items = cell->all(descriptor(), backend_->place(state_));
  const auto& ttl = descriptor().ttl;
  int64_t now = backend_->now(state_);
  bool any_young = !ttl;
  copies.reserve(items.size());
  for (Timed& item : items) {
    bool old = ttl && is_expired(*ttl, item.touched, now);
    any_young |= !old;
    if (old && !ttl->return_expired) continue;
    copies.push_back(descriptor().value->copy(item.value));
  }
  if (!any_young) {
    cell->drop(descriptor());
  } else if (ttl && ttl->update_on_read) {
    cell->expire(descriptor(), now);
    for (Timed& item : items) item.touched = now;
    cell->mark_changed();
  }
  return copies;
}

void ListState::add(Datum owned) {
  static_cast<ListCell&>(backend_->make_cell(state_)).add(owned, backend_->now(state_));
}

void ListState::update(const std::vector<Datum>& owned) {
  auto& cell = static_cast<ListCell&>(backend_->make_cell(state_));
  cell.drop(descriptor());
  for (Datum value : owned) cell.add(value, backend_->now(state_));
}

void ListState::clear() {
  if (Cell* cell = backend_->find_cell(state_)) cell->drop(descriptor());
}

}  // namespace pf
