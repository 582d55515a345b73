#include "state/keyed_state_backend.h"

#include <algorithm>

#include "model/key_group.h"

namespace pf {

std::string entry_key(std::string_view key, std::string_view name_space) {
  std::string entry;
  ByteWriter out(entry);
  out.put_bytes(key);
  out.put_bytes(name_space);
  return entry;
}

KeyedStateBackend::KeyedStateBackend(Options options) : options_(std::move(options)), at_(entries_.end()) {}

KeyedStateBackend::~KeyedStateBackend() {
  for (auto& [key, entry] : entries_) drop(entry);
}

StateId KeyedStateBackend::declare(StateDescriptor descriptor) {
  for (StateId id = 0; id < states_.size(); ++id) {
    const StateDescriptor& known = states_[id];
    if (known.name != descriptor.name) continue;
    if (known.kind != descriptor.kind || known.schema() != descriptor.schema()) {
      throw Error("the state '" + known.name + "' is declared twice with different types: first as " +
                  known.schema() + ", then as " + descriptor.schema() + "; give one of them another name");
    }
    return id;
  }
  auto id = static_cast<StateId>(states_.size());
  if (stored()) options_.store->add_state(id, descriptor.name);
  has_ttl_ |= descriptor.ttl.has_value();
  states_.push_back(std::move(descriptor));
  return id;
}

std::optional<StateId> KeyedStateBackend::find(std::string_view name) const {
  for (StateId id = 0; id < states_.size(); ++id) {
    if (states_[id].name == name) return id;
  }
  return std::nullopt;
}

void KeyedStateBackend::set_current(std::string_view key, std::string_view name_space) {
  leave();
  current_.clear();
  ByteWriter out(current_);
  out.put_varint(key.size());
  key_start_ = current_.size();
  key_size_ = key.size();
  out.put_raw(key);
  out.put_bytes(name_space);
}

void KeyedStateBackend::set_current_entry(std::string_view entry) {
  leave();
  current_ = entry;
  ByteReader in(current_);
  key_size_ = in.get_varint();
  key_start_ = current_.size() - in.rest().size();
}

void KeyedStateBackend::set_namespace(std::string_view name_space) {
  leave();
  current_.resize(key_start_ + key_size_);
  ByteWriter(current_).put_bytes(name_space);
}

std::string_view KeyedStateBackend::current_key() const {
  return std::string_view(current_).substr(key_start_, key_size_);
}

std::string_view KeyedStateBackend::current_namespace() const {
  ByteReader in(current_);
  in.get_bytes();
  return in.get_bytes();
}

void KeyedStateBackend::leave() {
  if (looked_up_ && at_ != entries_.end() && is_empty(at_->second)) {
    if (stored()) {
      flush(at_->first, at_->second);
      uses_.erase(at_->second.use);
    }
    drop(at_->second);
    entries_.erase(at_);
  }
  looked_up_ = false;
  at_ = entries_.end();
  current_store_key_.clear();
}

KeyedStateBackend::Entry* KeyedStateBackend::find_entry() {
  if (!looked_up_) {
    at_ = entries_.find(current_);
    looked_up_ = true;
    if (stored() && at_ != entries_.end()) uses_.splice(uses_.begin(), uses_, at_->second.use);
  }
  return at_ == entries_.end() ? nullptr : &at_->second;
}

KeyedStateBackend::Entry& KeyedStateBackend::make_entry() {
  if (Entry* entry = find_entry()) return *entry;
  at_ = entries_.emplace(current_, Entry{}).first;
  if (stored()) {
    uses_.push_front(&at_->first);
    at_->second.use = uses_.begin();
    evict();
  }
  return at_->second;
}

Cell* KeyedStateBackend::find_cell(StateId state) {
  Entry* entry = find_entry();
  if (entry && state < entry->cells.size() && entry->cells[state]) return entry->cells[state].get();
  return stored() ? &make_cell(state) : nullptr;
}

Cell& KeyedStateBackend::make_cell(StateId state) {
  Entry& entry = make_entry();
  if (entry.cells.size() <= state) entry.cells.resize(state + 1);
  std::unique_ptr<Cell>& cell = entry.cells[state];
  if (!cell) {
    cell = new_cell(state);
    if (stored() && states_[state].kind == StateDescriptor::Kind::kValue) {
      static_cast<ValueCell&>(*cell).load(states_[state], place(state));
    }
  }
  return *cell;
}

std::unique_ptr<Cell> KeyedStateBackend::new_cell(StateId state) const {
  switch (states_[state].kind) {
    case StateDescriptor::Kind::kValue:
      return std::make_unique<ValueCell>();
    case StateDescriptor::Kind::kList:
      return std::make_unique<ListCell>(stored());
    case StateDescriptor::Kind::kMap:
      return std::make_unique<MapCell>(stored());
  }
  return nullptr;
}

CellPlace KeyedStateBackend::place(StateId state) {
  if (!stored()) return {};
  if (current_store_key_.empty()) current_store_key_ = store_key(current_);
  return {options_.store.get(), state, current_store_key_};
}

int64_t KeyedStateBackend::now(StateId state) const {
  return states_[state].ttl ? options_.clock->epoch_millis() : 0;
}

std::string KeyedStateBackend::store_key(std::string_view entry) const {
  ByteReader in(entry);
  uint32_t group = key_group_of(options_.keys->hash_code(in.get_bytes()), options_.max_parallelism);
  std::string key;
  ByteWriter out(key);
  out.put_byte(static_cast<uint8_t>(group >> 8));
  out.put_byte(static_cast<uint8_t>(group));
  out.put_raw(entry);
  return key;
}

bool KeyedStateBackend::is_empty(const Entry& entry) const {
  return std::all_of(entry.cells.begin(), entry.cells.end(),
                     [](const auto& cell) { return !cell || cell->empty(); });
}

void KeyedStateBackend::flush(const std::string& key, Entry& entry) {
  std::string row = store_key(key);
  for (StateId state = 0; state < entry.cells.size(); ++state) {
    if (entry.cells[state]) entry.cells[state]->flush(states_[state], {options_.store.get(), state, row});
  }
}

void KeyedStateBackend::drop(Entry& entry) noexcept {
  for (StateId state = 0; state < entry.cells.size(); ++state) {
    if (entry.cells[state]) entry.cells[state]->drop(states_[state]);
  }
}

void KeyedStateBackend::evict() {
  while (uses_.size() > std::max<size_t>(options_.cached_entries, 1)) {
    auto oldest = entries_.find(*uses_.back());
    flush(oldest->first, oldest->second);
    uses_.pop_back();
    drop(oldest->second);
    entries_.erase(oldest);
  }
}

void KeyedStateBackend::for_each_key(StateId state, const std::function<void()>& visitor) {
  std::vector<std::string> keys;
  if (stored()) {
    for (auto& [key, entry] : entries_) flush(key, entry);
    bool is_map = states_[state].kind == StateDescriptor::Kind::kMap;
    options_.store->scan(state, {}, [&](std::string_view row, std::string_view) {
      ByteReader in(row.substr(2));
      in.get_bytes();
      in.get_bytes();
      std::string_view entry = row.substr(2, row.size() - 2 - in.rest().size());
      if (!is_map || keys.empty() || keys.back() != entry) keys.emplace_back(entry);
      return true;
    });
  } else {
    leave();
    for (auto& [key, entry] : entries_) {
      if (state < entry.cells.size() && entry.cells[state] && !entry.cells[state]->empty()) {
        keys.push_back(key);
      }
    }
    std::sort(keys.begin(), keys.end());
  }
  std::string before = current_;
  for (const std::string& key : keys) {
    set_current_entry(key);
    visitor();
  }
  if (!before.empty()) set_current_entry(before);
}

void KeyedStateBackend::clean_up(bool accessed) {
  if (!has_ttl_ || stored()) return;
  uint32_t wanted = 0;
  for (const StateDescriptor& state : states_) {
    if (state.ttl && (accessed || state.ttl->cleanup_on_every_record)) {
      wanted = std::max(wanted, state.ttl->cleanup_entries);
    }
  }
  if (wanted == 0 || entries_.empty()) return;
  int64_t time = options_.clock->epoch_millis();
  size_t buckets = entries_.bucket_count();
  std::vector<std::string> emptied;
  for (size_t seen = 0, looked_at = 0; seen < wanted && looked_at < buckets && looked_at < 16 * wanted;
       ++looked_at) {
    cleaning_ = (cleaning_ + 1) % buckets;
    for (auto at = entries_.begin(cleaning_); at != entries_.end(cleaning_); ++at, ++seen) {
      if (looked_up_ && at_ != entries_.end() && at->first == at_->first) continue;
      for (StateId state = 0; state < at->second.cells.size(); ++state) {
        if (states_[state].ttl && at->second.cells[state]) {
          at->second.cells[state]->expire(states_[state], time);
        }
      }
      if (is_empty(at->second)) emptied.push_back(at->first);
    }
  }
  for (const std::string& key : emptied) entries_.erase(key);
}

void KeyedStateBackend::export_rows(StateId state, const std::function<void(const Row&)>& visitor) {
  const StateDescriptor& declared = states_[state];
  bool is_map = declared.kind == StateDescriptor::Kind::kMap;
  auto show = [&](std::string_view row, std::string_view value) {
    ByteReader in(row);
    uint32_t group = in.get_byte();
    group = group << 8 | in.get_byte();
    std::string_view entry = in.rest();
    in.get_bytes();
    in.get_bytes();
    std::string_view map_key = is_map ? in.rest() : std::string_view();
    visitor({group, entry.substr(0, entry.size() - in.rest().size()), map_key, value});
  };
  if (stored()) {
    for (auto& [key, entry] : entries_) flush(key, entry);
    options_.store->scan(state, {}, [&](std::string_view row, std::string_view value) {
      show(row, value);
      return true;
    });
    return;
  }
  std::string bytes;
  auto serialize = [&](const Timed& item) {
    ByteWriter out(bytes);
    write_item(declared, item, out);
  };
  for (auto& [key, entry] : entries_) {
    if (state >= entry.cells.size() || !entry.cells[state] || entry.cells[state]->empty()) continue;
    Cell& cell = *entry.cells[state];
    std::string row = store_key(key);
    bytes.clear();
    if (declared.kind == StateDescriptor::Kind::kValue) {
      serialize(*static_cast<ValueCell&>(cell).get());
    } else if (declared.kind == StateDescriptor::Kind::kList) {
      for (const Timed& item : static_cast<ListCell&>(cell).all(declared, {})) serialize(item);
    } else {
      for (auto& [map_key, map_entry] : static_cast<MapCell&>(cell).all(declared, {})) {
        bytes.clear();
        serialize(map_entry.item);
        show(row + map_key, bytes);
      }
      continue;
    }
    show(row, bytes);
  }
}

void KeyedStateBackend::import_row(StateId state, const Row& row) {
  const StateDescriptor& declared = states_[state];
  if (stored()) {
    std::string key = store_key(row.entry);
    key.append(row.map_key);
    options_.store->put(state, key, row.value);
    return;
  }
  set_current_entry(row.entry);
  Cell& cell = make_cell(state);
  ByteReader in(row.value);
  if (declared.kind == StateDescriptor::Kind::kValue) {
    Timed item = read_item(declared, in);
    static_cast<ValueCell&>(cell).put(declared, item.value, item.touched);
  } else if (declared.kind == StateDescriptor::Kind::kMap) {
    Timed item = read_item(declared, in);
    static_cast<MapCell&>(cell).put(declared, row.map_key, item.value, item.touched);
  } else {
    while (!in.at_end()) {
      Timed item = read_item(declared, in);
      static_cast<ListCell&>(cell).add(item.value, item.touched);
    }
  }
}

}  // namespace pf
