#include "state/map_state.h"

#include <string>
#include <vector>

#include "serde/owned_datum.h"
#include "state/map_cell.h"

namespace pf {
namespace {

/// Entries that an iteration has at hand at a time.
constexpr size_t kPage = 128;

/// The first key that sorts behind this one.
std::string key_behind(std::string_view key) { return std::string(key) + '\0'; }

/// Lets go of the values at its end, which may be a visitor's exception.
struct OwnedValues {
  const StateDescriptor& descriptor;
  const std::vector<std::pair<std::string, Datum>>& entries;
  ~OwnedValues() {
    for (const auto& entry : entries) descriptor.value->destroy(entry.second);
  }
};

}  // namespace

bool MapState::get(std::string_view key, Datum& copy) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  MapCell::Entry* entry = cell ? cell->find(descriptor(), backend_->place(state_), key) : nullptr;
  if (!entry) return false;
  const auto& ttl = descriptor().ttl;
  int64_t now = backend_->now(state_);
  bool young = !ttl || !is_expired(ttl->millis, entry->item.touched, now);
  bool given_out = young || ttl->return_expired;
  if (given_out) copy = descriptor().value->copy(entry->item.value);
  if (!young) {
    cell->remove(descriptor(), key);
    backend_->changed();
  } else if (ttl && ttl->update_on_read && entry->item.touched != now) {
    entry->item.touched = now;
    entry->changed = true;
    backend_->changed();
  } else {
    backend_->loaded();
  }
  return given_out;
}

bool MapState::contains(std::string_view key) {
  Datum copy;
  if (!get(key, copy)) return false;
  descriptor().value->destroy(copy);
  return true;
}

void MapState::put(std::string_view key, Datum owned) {
  OwnedDatum value(*descriptor().value, owned);
  auto& cell = static_cast<MapCell&>(backend_->make_cell(state_));
  cell.put(descriptor(), key, value.release(), backend_->now(state_));
  backend_->changed();
}

void MapState::remove(std::string_view key) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  if (!cell) return;
  cell->remove(descriptor(), key);
  backend_->changed();
}

bool MapState::is_empty() {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  if (!cell) return true;
  bool empty = cell->keys_from(descriptor(), backend_->place(state_), {}, 1).empty();
  backend_->loaded();
  return empty;
}

void MapState::clear() {
  Cell* cell = backend_->find_cell(state_);
  if (!cell) return;
  cell->drop(descriptor());
  backend_->changed();
}

std::vector<std::pair<std::string, Datum>> MapState::entries_from(std::string_view from, size_t limit) {
  std::vector<std::pair<std::string, Datum>> entries;
  std::string next(from);
  while (entries.empty()) {
    auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
    if (!cell) break;
    auto keys = cell->keys_from(descriptor(), backend_->place(state_), next, limit);
    if (keys.empty()) break;
    for (const std::string& key : keys) {
      Datum copy;
      if (get(key, copy)) entries.emplace_back(key, copy);
    }
    next = key_behind(keys.back());  // all of them may have expired
  }
  return entries;
}

void MapState::for_each(const std::function<bool(std::string_view key, Datum value)>& visitor,
                        std::string_view from) {
  std::string next(from);
  for (;;) {
    auto page = entries_from(next, kPage);
    if (page.empty()) return;
    OwnedValues values{descriptor(), page};
    for (const auto& [key, value] : page) {
      if (!visitor(key, value)) return;
    }
    next = key_behind(page.back().first);
  }
}

std::optional<std::string> MapState::first_key_from(std::string_view from) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  if (!cell) return std::nullopt;
  auto keys = cell->keys_from(descriptor(), backend_->place(state_), from, 1);
  backend_->loaded();
  return keys.empty() ? std::nullopt : std::optional(std::move(keys.front()));
}

std::optional<std::string> MapState::last_key_before(std::string_view bound) {
  auto* cell = static_cast<MapCell*>(backend_->find_cell(state_));
  return cell ? cell->last_key_before(backend_->place(state_), bound) : std::nullopt;
}

}  // namespace pf
