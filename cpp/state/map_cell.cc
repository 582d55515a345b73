#include "state/map_cell.h"

#include <algorithm>
#include <utility>

namespace pf {
namespace {

std::string stored_row(std::string_view prefix, std::string_view key) {
  std::string row(prefix);
  row.append(key);
  return row;
}

}  // namespace

MapCell::Entry& MapCell::at(std::string_view key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) found = entries_.emplace(key, Entry{}).first;
  return found->second;
}

void MapCell::weigh(Entry& entry, size_t bytes) {
  auto is = static_cast<uint32_t>(std::min<size_t>(weight_of(bytes), UINT32_MAX));
  set_weight(weight() - entry.weight + is);
  entry.weight = is;
}

void MapCell::load(const StateDescriptor& descriptor, std::string_view key, std::string_view value) {
  ByteReader in(value);
  Timed item = read_item(descriptor, in);
  Entry& entry = at(key);
  entry.item = item;
  entry.present = true;
  ++present_;
  weigh(entry, key.size() + value.size());
}

MapCell::Entry* MapCell::find(const StateDescriptor& descriptor, const CellPlace& place,
                              std::string_view key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (complete_) return nullptr;
    auto value = place.store->get(place.state, stored_row(place.key, key));
    if (!value) return nullptr;
    load(descriptor, key, *value);
    return &entries_.find(key)->second;
  }
  return found->second.present ? &found->second : nullptr;
}

void MapCell::put(const StateDescriptor& descriptor, std::string_view key, Datum owned, int64_t now) {
  Entry& entry = at(key);
  Timed old = entry.item;
  bool replaces = entry.present;
  if (!replaces) ++present_;
  entry.item = {owned, now};
  entry.present = entry.changed = true;
  if (replaces) descriptor.value->destroy(old.value);  // last: it may run code of the user's
}

void MapCell::remove(const StateDescriptor& descriptor, std::string_view key) {
  auto found = entries_.find(key);
  if (found != entries_.end()) {
    set_absent(descriptor, found);
  } else if (!complete_) {
    at(key).changed = true;
  }
}

MapCell::Entries::iterator MapCell::set_absent(const StateDescriptor& descriptor, Entries::iterator found) {
  Entry& entry = found->second;
  Timed old = entry.item;
  bool was_present = std::exchange(entry.present, false);
  entry.changed = true;
  // The store has to hear of it at the next flush.
  auto next = stored_ ? std::next(found) : entries_.erase(found);
  if (was_present) {
    --present_;
    descriptor.value->destroy(old.value);
  }
  return next;
}

std::vector<std::string> MapCell::keys_from(const StateDescriptor& descriptor, const CellPlace& place,
                                            std::string_view from, size_t limit) {
  // From there up to and with this key, everything is here in the end.
  std::optional<std::string> known_to;
  if (!complete_) {
    size_t shown = 0;
    auto load_row = [&](std::string_view row, std::string_view value) {
      std::string_view key = row.substr(place.key.size());
      if (!entries_.contains(key)) load(descriptor, key, value);
      if (++shown < limit) return true;
      known_to = key;
      return false;
    };
    place.store->scan(place.state, place.key, stored_row(place.key, from), load_row);
    if (from.empty() && !known_to) complete_ = true;
  }
  std::vector<std::string> keys;
  for (auto at = entries_.lower_bound(from); at != entries_.end() && keys.size() < limit; ++at) {
    if (known_to && at->first > *known_to) break;
    if (at->second.present) keys.push_back(at->first);
  }
  // Removed since the last flush: all of a page may be gone, but not all behind it.
  if (keys.empty() && known_to) return keys_from(descriptor, place, *known_to + '\0', limit);
  return keys;
}

std::optional<std::string> MapCell::last_key_before(const CellPlace& place, std::string_view bound) const {
  std::optional<std::string> last;
  for (auto at = entries_.lower_bound(bound); at != entries_.begin() && !last;) {
    --at;
    if (at->second.present) last = at->first;
  }
  if (complete_) return last;
  std::string before(bound);
  while (auto row = place.store->last_before(place.state, place.key, stored_row(place.key, before))) {
    before = row->substr(place.key.size());
    if (last && before <= *last) break;
    auto known = entries_.find(before);
    if (known == entries_.end() || known->second.present) return before;  // else removed since the last flush
  }
  return last;
}

size_t MapCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (cleared_) place.store->remove_prefix(place.state, place.key);
  cleared_ = false;
  std::string bytes;
  size_t written = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, entry] = *at;
    if (entry.changed) {
      std::string row = stored_row(place.key, key);
      if (entry.present) {
        bytes.clear();
        ByteWriter out(bytes);
        write_item(descriptor, entry.item, out);
        place.store->put(place.state, row, bytes);
        weigh(entry, row.size() + bytes.size());
        written += row.size() + bytes.size();
      } else {
        place.store->remove(place.state, row);
      }
      entry.changed = false;
    }
    if (entry.present) {
      ++at;
    } else {
      set_weight(weight() - entry.weight);
      at = entries_.erase(at);
    }
  }
  return written;
}

void MapCell::drop(const StateDescriptor& descriptor) noexcept {
  Entries entries = std::exchange(entries_, {});
  present_ = 0;
  complete_ = true;
  cleared_ = stored_;
  set_weight(0);
  for (auto& [key, entry] : entries) {
    if (entry.present) descriptor.value->destroy(entry.item.value);
  }
}

void MapCell::expire(const StateDescriptor& descriptor, int64_t now) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    bool old = at->second.present && is_expired(descriptor.ttl->millis, at->second.item.touched, now);
    at = old ? set_absent(descriptor, at) : std::next(at);
  }
}

void MapCell::write_rows(const StateDescriptor& descriptor, std::string& scratch, const RowVisitor& visitor) {
  for (auto& [key, entry] : entries_) {
    scratch.clear();
    ByteWriter out(scratch);
    write_item(descriptor, entry.item, out);
    visitor(key, scratch);
  }
}

void MapCell::read_row(const StateDescriptor& descriptor, std::string_view map_key, ByteReader& value) {
  Timed item = read_item(descriptor, value);
  put(descriptor, map_key, item.value, item.touched);
}

}  // namespace pf
