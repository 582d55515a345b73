#include "state/list_cell.h"

#include <algorithm>
#include <span>
#include <utility>

namespace pf {
namespace {

void destroy_all(const StateDescriptor& descriptor, const std::vector<Timed>& items) noexcept {
  for (const Timed& item : items) descriptor.value->destroy(item.value);
}

/// Elements one after another, each with the length of its bytes: what is appended needs no look at the rest.
void write_items(const StateDescriptor& descriptor, std::span<const Timed> items, std::string& bytes) {
  std::string value;
  ByteWriter out(bytes);
  for (const Timed& item : items) {
    if (descriptor.ttl) out.put_fixed64(static_cast<uint64_t>(item.touched));
    value.clear();
    ByteWriter value_out(value);
    descriptor.value->write(item.value, value_out);
    out.put_bytes(value);
  }
}

std::vector<Timed> read_items(const StateDescriptor& descriptor, ByteReader& in) {
  std::vector<Timed> items;
  try {
    while (!in.at_end()) {
      Timed item;
      if (descriptor.ttl) item.touched = static_cast<int64_t>(in.get_fixed64());
      ByteReader value(in.get_bytes());
      item.value = descriptor.value->read(value);
      items.push_back(item);
    }
  } catch (...) {
    destroy_all(descriptor, items);
    throw;
  }
  return items;
}

}  // namespace

std::vector<Timed>& ListCell::all(const StateDescriptor& descriptor, const CellPlace& place) {
  if (complete_) return items_;
  if (auto bytes = place.store->get(place.state, place.key)) {
    ByteReader in(*bytes);
    std::vector<Timed> items = read_items(descriptor, in);
    stored_ = items.size();
    items.insert(items.end(), items_.begin(), items_.end());
    items_ = std::move(items);
    set_weight(stored_ * weight_of(0) + weight_of(bytes->size()));
  }
  complete_ = true;
  return items_;
}

size_t ListCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (!rewrite_ && stored_ == items_.size()) return 0;
  std::string bytes;
  if (rewrite_ && items_.empty()) {
    place.store->remove(place.state, place.key);
    set_weight(0);
  } else if (rewrite_) {
    write_items(descriptor, items_, bytes);
    place.store->put(place.state, place.key, bytes);
    set_weight(items_.size() * weight_of(0) + weight_of(bytes.size()));
  } else {
    std::span<const Timed> added = std::span(items_).subspan(stored_);
    write_items(descriptor, added, bytes);
    place.store->append(place.state, place.key, bytes);
    if (complete_) set_weight(weight() + added.size() * weight_of(0) + weight_of(bytes.size()));
  }
  rewrite_ = false;
  if (complete_) {
    stored_ = items_.size();
  } else {
    destroy_all(descriptor, std::exchange(items_, {}));
  }
  return bytes.size();
}

void ListCell::drop(const StateDescriptor& descriptor) noexcept {
  complete_ = true;
  rewrite_ = true;
  stored_ = 0;
  destroy_all(descriptor, std::exchange(items_, {}));
}

void ListCell::expire(const StateDescriptor& descriptor, int64_t now) {
  auto young = std::stable_partition(items_.begin(), items_.end(), [&](const Timed& item) {
    return !is_expired(descriptor.ttl->millis, item.touched, now);
  });
  if (young == items_.end()) return;
  std::vector<Timed> old(young, items_.end());
  items_.erase(young, items_.end());
  // Of a list that is not loaded, only what was added since the last flush is here.
  if (complete_) rewrite_ = true;
  destroy_all(descriptor, old);
}

void ListCell::write_rows(const StateDescriptor& descriptor, std::string& scratch,
                          const RowVisitor& visitor) {
  if (items_.empty()) return;
  scratch.clear();
  write_items(descriptor, items_, scratch);
  visitor({}, scratch);
}

void ListCell::read_row(const StateDescriptor& descriptor, std::string_view, ByteReader& value) {
  std::vector<Timed> items = read_items(descriptor, value);
  items_.insert(items_.end(), items.begin(), items.end());
}

}  // namespace pf
