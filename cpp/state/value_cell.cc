#include "state/value_cell.h"

#include <utility>

namespace pf {

bool ValueCell::load(const StateDescriptor& descriptor, const CellPlace& place) {
  if (complete_) return false;
  if (auto bytes = place.store->get(place.state, place.key)) {
    ByteReader in(*bytes);
    read_row(descriptor, {}, in);
    set_weight(weight_of(bytes->size()));
    changed_ = false;
  }
  complete_ = true;
  return true;
}

size_t ValueCell::flush(const StateDescriptor& descriptor, const CellPlace& place) {
  if (!changed_ || !complete_) return 0;
  std::string bytes;
  if (present_) {
    ByteWriter out(bytes);
    write_item(descriptor, item_, out);
    place.store->put(place.state, place.key, bytes);
    set_weight(weight_of(bytes.size()));
  } else {
    place.store->remove(place.state, place.key);
    set_weight(0);
  }
  changed_ = false;
  return bytes.size();
}

void ValueCell::drop(const StateDescriptor& descriptor) noexcept {
  changed_ |= present_ || !complete_;
  complete_ = true;
  if (!std::exchange(present_, false)) return;
  descriptor.value->destroy(item_.value);
}

void ValueCell::expire(const StateDescriptor& descriptor, int64_t now) {
  if (present_ && is_expired(descriptor.ttl->millis, item_.touched, now)) drop(descriptor);
}

void ValueCell::write_rows(const StateDescriptor& descriptor, std::string& scratch,
                           const RowVisitor& visitor) {
  if (!present_) return;
  scratch.clear();
  ByteWriter out(scratch);
  write_item(descriptor, item_, out);
  visitor({}, scratch);
}

void ValueCell::read_row(const StateDescriptor& descriptor, std::string_view, ByteReader& value) {
  Timed item = read_item(descriptor, value);
  put(descriptor, item.value, item.touched);
}

void ValueCell::put(const StateDescriptor& descriptor, Datum owned, int64_t now) {
  Timed old = item_;
  bool replaces = present_;
  item_ = {owned, now};
  complete_ = present_ = changed_ = true;
  if (replaces) descriptor.value->destroy(old.value);  // last: it may run code of the user's
}

}  // namespace pf
