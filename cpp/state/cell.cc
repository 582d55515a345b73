#include "state/cell.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace pf {
namespace {

std::string stored_row(std::string_view prefix, std::string_view key) {
  std::string row(prefix);
  row.append(key);
  return row;
}

}  // namespace

bool is_expired(const StateTtl& ttl, int64_t touched, int64_t now) {
  if (touched > std::numeric_limits<int64_t>::max() - ttl.millis) return false;
  return touched + ttl.millis <= now;
}

void write_item(const StateDescriptor& descriptor, const Timed& item, ByteWriter& out) {
  if (descriptor.ttl) out.put_fixed64(static_cast<uint64_t>(item.touched));
  descriptor.value->write(item.value, out);
}

Timed read_item(const StateDescriptor& descriptor, ByteReader& in) {
  Timed item;
  if (descriptor.ttl) item.touched = static_cast<int64_t>(in.get_fixed64());
  item.value = descriptor.value->read(in);
  return item;
}

// -- ValueCell

void ValueCell::load(const StateDescriptor& descriptor, const CellPlace& place) {
  auto bytes = place.store->get(place.state, place.key);
  if (!bytes) return;
  ByteReader in(*bytes);
  item_ = read_item(descriptor, in);
  present_ = true;
}

void ValueCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (!changed_) return;
  if (present_) {
    std::string bytes;
    ByteWriter out(bytes);
    write_item(descriptor, item_, out);
    place.store->put(place.state, place.key, bytes);
  } else {
    place.store->remove(place.state, place.key);
  }
  changed_ = false;
}

void ValueCell::drop(const StateDescriptor& descriptor) noexcept {
  if (!present_) return;
  present_ = false;
  changed_ = true;
  descriptor.value->destroy(item_.value);
}

void ValueCell::expire(const StateDescriptor& descriptor, int64_t now) {
  if (present_ && is_expired(*descriptor.ttl, item_.touched, now)) drop(descriptor);
}

void ValueCell::put(const StateDescriptor& descriptor, Datum owned, int64_t now) {
  Timed old = item_;
  bool replaces = present_;
  item_ = {owned, now};
  present_ = true;
  changed_ = true;
  if (replaces) descriptor.value->destroy(old.value);  // last: it may run code of the user's
}

// -- ListCell

std::vector<Timed>& ListCell::all(const StateDescriptor& descriptor, const CellPlace& place) {
  if (complete_) return items_;
  auto bytes = place.store->get(place.state, place.key);
  complete_ = true;
  if (!bytes) return items_;
  std::vector<Timed> added = std::move(items_);
  items_.clear();
  ByteReader in(*bytes);
  while (!in.at_end()) items_.push_back(read_item(descriptor, in));
  stored_ = items_.size();
  items_.insert(items_.end(), added.begin(), added.end());
  return items_;
}

void ListCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (!rewrite_ && stored_ == items_.size()) return;
  if (rewrite_ && items_.empty()) {
    place.store->remove(place.state, place.key);
  } else {
    std::string bytes;
    ByteWriter out(bytes);
    for (size_t i = rewrite_ ? 0 : stored_; i < items_.size(); ++i) write_item(descriptor, items_[i], out);
    if (rewrite_) {
      place.store->put(place.state, place.key, bytes);
    } else {
      place.store->append(place.state, place.key, bytes);
    }
  }
  rewrite_ = false;
  if (complete_) {
    stored_ = items_.size();
  } else {
    for (const Timed& item : items_) descriptor.value->destroy(item.value);
    items_.clear();
  }
}

void ListCell::drop(const StateDescriptor& descriptor) noexcept {
  std::vector<Timed> items = std::move(items_);
  items_.clear();
  complete_ = true;
  rewrite_ = true;
  stored_ = 0;
  for (const Timed& item : items) descriptor.value->destroy(item.value);
}

void ListCell::expire(const StateDescriptor& descriptor, int64_t now) {
  auto young = std::stable_partition(items_.begin(), items_.end(), [&](const Timed& item) {
    return !is_expired(*descriptor.ttl, item.touched, now);
  });
  if (young == items_.end()) return;
  std::vector<Timed> old(young, items_.end());
  items_.erase(young, items_.end());
  // Of a list that is not loaded, only what was added since the last flush is here.
  if (complete_) rewrite_ = true;
  for (const Timed& item : old) descriptor.value->destroy(item.value);
}

// -- MapCell

MapCell::Entry& MapCell::at(std::string_view key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) found = entries_.emplace(key, Entry{}).first;
  return found->second;
}

MapCell::Entry* MapCell::find(const StateDescriptor& descriptor, const CellPlace& place,
                              std::string_view key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (complete_) return nullptr;
    Entry& entry = at(key);
    if (auto bytes = place.store->get(place.state, stored_row(place.key, key))) {
      ByteReader in(*bytes);
      entry.item = read_item(descriptor, in);
      entry.present = true;
      ++present_;
    }
    return entry.present ? &entry : nullptr;
  }
  return found->second.present ? &found->second : nullptr;
}

void MapCell::put(const StateDescriptor& descriptor, std::string_view key, Datum owned, int64_t now) {
  Entry& entry = at(key);
  Timed old = entry.item;
  bool replaces = entry.present;
  if (!replaces) ++present_;
  entry = {{owned, now}, true, true};
  if (replaces) descriptor.value->destroy(old.value);
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
  auto next = stored_ ? std::next(found) : entries_.erase(found);
  if (was_present) {
    --present_;
    descriptor.value->destroy(old.value);
  }
  return next;
}

void MapCell::clear(const StateDescriptor& descriptor) {
  auto entries = std::move(entries_);
  entries_.clear();
  present_ = 0;
  complete_ = true;
  cleared_ = true;
  for (auto& [key, entry] : entries) {
    if (entry.present) descriptor.value->destroy(entry.item.value);
  }
}

MapCell::Entries& MapCell::all(const StateDescriptor& descriptor, const CellPlace& place) {
  if (complete_) return entries_;
  place.store->scan(place.state, place.key, [&](std::string_view row, std::string_view value) {
    std::string_view key = row.substr(place.key.size());
    if (entries_.contains(key)) return true;  // changed since
    ByteReader in(value);
    entries_.emplace(key, Entry{read_item(descriptor, in), true, false});
    ++present_;
    return true;
  });
  complete_ = true;
  return entries_;
}

void MapCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (cleared_) place.store->remove_prefix(place.state, place.key);
  cleared_ = false;
  std::string bytes;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, entry] = *at;
    std::string row = stored_row(place.key, key);
    if (std::exchange(entry.changed, false)) {
      if (entry.present) {
        bytes.clear();
        ByteWriter out(bytes);
        write_item(descriptor, entry.item, out);
        place.store->put(place.state, row, bytes);
      } else {
        place.store->remove(place.state, row);
      }
    }
    at = entry.present ? std::next(at) : entries_.erase(at);
  }
}

void MapCell::drop(const StateDescriptor& descriptor) noexcept { clear(descriptor); }

void MapCell::expire(const StateDescriptor& descriptor, int64_t now) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    bool old = at->second.present && is_expired(*descriptor.ttl, at->second.item.touched, now);
    at = old ? set_absent(descriptor, at) : std::next(at);
  }
}

}  // namespace pf
