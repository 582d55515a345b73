#include "state/map_state.h"

#include <string>
#include <vector>

namespace pf {

bool MapState::get(std::string_view key, Datum& copy) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  MapCell::Entry* entry = cell ? cell->find(descriptor(), backend_->place(state_), key) : nullptr;
  if (!entry) return false;
  const auto& ttl = descriptor().ttl;
  int64_t now = backend_->now(state_);
  if (!ttl || !is_expired(*ttl, entry->item.touched, now)) {
    copy = descriptor().value->copy(entry->item.value);
    if (ttl && ttl->update_on_read) {
      entry->item.touched = now;
      entry->changed = true;
    }
    return true;
  }
  if (ttl->return_expired) copy = descriptor().value->copy(entry->item.value);
  cell->remove(descriptor(), key);
  return ttl->return_expired;
}

bool MapState::contains(std::string_view key) {
  Datum copy;
  if (!get(key, copy)) return false;
  descriptor().value->destroy(copy);
  return true;
}

void MapState::put(std::string_view key, Datum owned) {
  auto& cell = static_cast<MapCell&>(backend_->make_cell(state_));
  cell.put(descriptor(), key, owned, backend_->now(state_));
}

void MapState::remove(std::string_view key) {
  if (Cell* cell = backend_->find_cell(state_)) static_cast<MapCell*>(cell)->remove(descriptor(), key);
}

bool MapState::is_empty() {
  bool empty = true;
  for_each([&](std::string_view, Datum) { return empty = false; });
  return empty;
}

void MapState::clear() {
  if (Cell* cell = backend_->find_cell(state_)) cell->drop(descriptor());
}

void MapState::for_each(const std::function<bool(std::string_view key, Datum value)>& visitor,
                        std::string_view from) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  if (!cell) return;
  const auto& ttl = descriptor().ttl;
  int64_t now = backend_->now(state_);
  std::vector<std::string> expired;
  MapCell::Entries& entries = cell->all(descriptor(), backend_->place(state_));
  for (auto at = entries.lower_bound(from); at != entries.end(); ++at) {
    auto& [key, entry] = *at;
    if (!entry.present) continue;
    if (ttl && is_expired(*ttl, entry.item.touched, now)) {
      expired.push_back(key);
      if (!ttl->return_expired) continue;
    } else if (ttl && ttl->update_on_read) {
      entry.item.touched = now;
      entry.changed = true;
    }
    if (!visitor(key, entry.item.value)) break;
  }
  for (const std::string& key : expired) cell->remove(descriptor(), key);
}

std::optional<std::string> MapState::last_key_before(std::string_view bound) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  if (!cell) return std::nullopt;
  MapCell::Entries& entries = cell->all(descriptor(), backend_->place(state_));
  for (auto at = entries.lower_bound(bound); at != entries.begin();) {
    --at;
    if (at->second.present) return at->first;
  }
  return std::nullopt;
}

}  // namespace pf
