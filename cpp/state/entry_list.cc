#include "state/entry_list.h"

#include "state/keyed_state_backend.h"

namespace pf {

void EntryList::clear() {
  bytes_.clear();
  ends_.clear();
}

void EntryList::add(std::string_view key, std::string_view name_space) {
  append_entry_key(key, name_space, bytes_);
  ends_.push_back(bytes_.size());
}

}  // namespace pf
