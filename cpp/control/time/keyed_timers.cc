#include "control/time/keyed_timers.h"

#include "control/time/heap_timers.h"
#include "control/time/stored_timers.h"

namespace pf {

std::unique_ptr<FrozenRows> KeyedTimers::freeze(const KeyGroupOf& key_group) const {
  auto copied = std::make_unique<CopiedRows>();
  std::string detail;
  for_each([&](int64_t time, std::string_view entry) {
    detail.clear();
    ByteWriter(detail).put_ordered64(time);
    copied->add(key_group(entry), entry, detail);
  });
  return copied;
}

void KeyedTimers::import_row(std::string_view entry, std::string_view detail) {
  add(ByteReader(detail).get_ordered64(), entry);
}

std::unique_ptr<KeyedTimers> make_keyed_timers(KeyedStateBackend& state, const std::string& name) {
  if (!state.store()) return std::make_unique<HeapTimers>();
  auto key_group = [&state](std::string_view entry) { return state.key_group(entry); };
  const auto [rows, are_restored] = state.add_timer_rows(name);
  auto timers = std::make_unique<StoredTimers>(*state.store(), rows, key_group);
  if (are_restored) timers->go_on_with_rows();
  return timers;
}

}  // namespace pf
