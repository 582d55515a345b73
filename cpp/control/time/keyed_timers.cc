#include "control/time/keyed_timers.h"

#include "control/time/heap_timers.h"
#include "control/time/stored_timers.h"

namespace pf {

void KeyedTimers::export_rows(
    const std::function<void(std::string_view entry, std::string_view detail)>& visitor) const {
  std::string detail;
  for_each([&](int64_t time, std::string_view entry) {
    detail.clear();
    ByteWriter(detail).put_ordered64(time);
    visitor(entry, detail);
  });
}

void KeyedTimers::import_row(std::string_view entry, std::string_view detail) {
  add(ByteReader(detail).get_ordered64(), entry);
}

std::unique_ptr<KeyedTimers> make_keyed_timers(KeyedStateBackend& state, const std::string& name) {
  if (!state.store()) return std::make_unique<HeapTimers>();
  return std::make_unique<StoredTimers>(*state.store(), state.add_private_rows(name));
}

}  // namespace pf
