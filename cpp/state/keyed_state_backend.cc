#include "state/keyed_state_backend.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fault_point.h"
#include "model/key_group.h"
#include "state/list_cell.h"
#include "state/map_cell.h"
#include "state/schema_migration.h"
#include "state/unwritten_keyed_state.h"
#include "state/value_cell.h"

namespace pf {
namespace {

/// Looked through in one go, their entries fetched together.
constexpr size_t kBucketsAtOnce = 64;

/// The value of a restored row as the state has it now: of its type, with the times of its elements or
/// without.
std::string as_declared(const KeyedRow& row, const KeyedStateInfo& was,
                        const std::optional<SchemaMigration>& migration, const StateDescriptor& descriptor,
                        int64_t now) {
  std::string value;
  ByteWriter out(value);
  ByteReader in(row.value);
  do {
    const uint64_t touched = was.has_ttl ? in.get_fixed64() : static_cast<uint64_t>(now);
    if (descriptor.ttl) out.put_fixed64(touched);
    std::string_view before = was.is_list ? in.get_bytes() : in.get_raw(in.rest().size());
    std::string migrated;
    if (migration) {
      ByteReader old(before);
      ByteWriter made(migrated);
      migration->migrate(old, made);
      before = migrated;
    }
    was.is_list ? out.put_bytes(before) : out.put_raw(before);
  } while (!in.at_end());
  return value;
}

}  // namespace

std::string entry_key(std::string_view key, std::string_view name_space) {
  std::string entry;
  append_entry_key(key, name_space, entry);
  return entry;
}

void append_entry_key(std::string_view key, std::string_view name_space, std::string& entries) {
  ByteWriter out(entries);
  out.put_bytes(key);
  out.put_bytes(name_space);
}

bool KeyedStateBackend::Entry::empty() const {
  const Cell* cell = cells.get();
  while (cell && cell->empty()) cell = cell->next.get();
  return !cell;
}

KeyedStateBackend::KeyedStateBackend(Options options)
    : options_(std::move(options)),
      restored_(std::move(options_.restored), std::move(options_.restored_to_read),
                std::move(options_.restored_files), options_.subtask, options_.parallelism,
                options_.max_parallelism) {
  PF_CHECK(stored() || !restored_.has_files());
  if (stored() && options_.cached_bytes) share_ = std::make_unique<MemoryShare>(options_.cached_bytes);
}

KeyedStateBackend::~KeyedStateBackend() {
  if (frozen_) frozen_->give_up();
  end_walk();
  entries_.for_each([this](Node& node) { drop_cells(node.value); });
}

// -- States

StateId KeyedStateBackend::declare(StateDescriptor descriptor) {
  check_not_busy();
  PF_CHECK(descriptor.queryable_name.empty() || !descriptor.ttl);
  for (StateId id = 0; id < states_.size(); ++id) {
    const StateDescriptor& known = states_[id];
    if (known.name != descriptor.name) continue;
    if (known.kind != descriptor.kind || known.schema() != descriptor.schema()) {
      throw Error("the state '" + known.name + "' is declared twice with different types: first as " +
                  known.schema() + ", then as " + descriptor.schema() + "; give one of them another name");
    }
    if (!descriptor.queryable_name.empty() && descriptor.queryable_name != known.queryable_name) {
      throw Error(
          "the state '" + known.name + "' is declared twice: first " +
          (known.queryable_name.empty() ? "not queryable" : "queryable as '" + known.queryable_name + "'") +
          ", then as '" + descriptor.queryable_name + "'; use one descriptor for both");
    }
    return id;
  }
  const std::string schema = descriptor.schema();
  check_restored(descriptor.name, schema,
                 [&](const std::string& was) { return SchemaMigration::between(was, schema).has_value(); });
  auto id = static_cast<StateId>(states_.size());
  const KeyedFiles::State* was = restored_.in_files(descriptor.name);
  // As they are, its rows are right.
  const bool goes_on =
      was && was->schema == descriptor.schema() && was->has_ttl == descriptor.ttl.has_value();
  if (stored()) {
    bool drops = descriptor.ttl && descriptor.ttl->cleanup_in_store;
    const auto ttl = drops ? descriptor.row_ttl() : std::nullopt;
    goes_on ? options_.store->take_up_state(id, was->family, ttl, StateStore::Reads::kByKey)
            : options_.store->add_state(id, descriptor.name, ttl, StateStore::Reads::kByKey);
  }
  if (descriptor.ttl && descriptor.ttl->cleanup_on_every_record) {
    clean_up_always_ = std::max(clean_up_always_, descriptor.ttl->cleanup_entries);
  }
  states_.push_back(std::move(descriptor));
  if (!goes_on) import_rows(id);
  restored_.take(states_[id].name);
  const StateDescriptor& declared = states_[id];
  if (options_.publish && !declared.queryable_name.empty()) {
    options_.publish(declared.queryable_name, declared.name,
                     [this, id](std::string_view entry) { return look_up(id, entry); });
  }
  return id;
}

void KeyedStateBackend::import_rows(StateId id) {
  const StateDescriptor& declared = states_[id];
  const KeyedStateInfo* last = nullptr;
  std::optional<SchemaMigration> migration;
  restored_.for_each_row(declared.name, [&](const KeyedStateInfo& was, const KeyedRow& row) {
    if (std::exchange(last, &was) != &was) {
      migration.reset();
      if (was.schema != declared.schema())
        migration = SchemaMigration::between(was.schema, declared.schema());
    }
    if (!migration && was.has_ttl == declared.ttl.has_value()) return import_row(id, row);
    KeyedRow converted = row;
    std::string value = as_declared(row, was, migration, declared, now(id));
    converted.value = value;
    import_row(id, converted);
  });
}

std::optional<StateId> KeyedStateBackend::find(std::string_view name) const {
  for (StateId id = 0; id < states_.size(); ++id) {
    if (states_[id].name == name) return id;
  }
  return std::nullopt;
}

void KeyedStateBackend::check_restored(const std::string& name, const std::string& schema,
                                       const CanTake& can_take) const {
  restored_.for_each_state([&](const KeyedStateInfo& state) {
    if (state.name != name || state.schema == schema) return;
    if (can_take && can_take(state.schema)) return;
    throw Error("the state '" + state.name + "' was saved as " + state.schema + " and is declared as " +
                schema + " now; declare it as it was, or give the new one another name");
  });
}

StateId KeyedStateBackend::add_private_rows(const std::string& name, StateStore::Reads reads) {
  auto id = static_cast<StateId>(states_.size());
  options_.store->add_state(id, name, std::nullopt, reads);
  states_.emplace_back();  // takes up the number
  return id;
}

std::pair<StateId, bool> KeyedStateBackend::add_timer_rows(const std::string& name) {
  const KeyedFiles::State* was = restored_.in_files(name);
  if (!was) return {add_private_rows(name, StateStore::Reads::kInOrder), false};
  auto id = static_cast<StateId>(states_.size());
  options_.store->take_up_state(id, was->family, std::nullopt, StateStore::Reads::kInOrder);
  states_.emplace_back();
  return {id, true};
}

// -- The current key

void KeyedStateBackend::set_current(std::string_view key, std::string_view name_space) {
  next_.clear();
  append_entry_key(key, name_space, next_);
  move_on();
}

void KeyedStateBackend::set_current_entry(std::string_view entry) {
  next_ = entry;
  move_on();
}

void KeyedStateBackend::set_namespace(std::string_view name_space) {
  next_.assign(current_, 0, key_start_ + key_size_);
  ByteWriter(next_).put_bytes(name_space);
  move_on();
}

void KeyedStateBackend::move_on() {
  check_not_busy();
  if (next_ == current_) return;
  leave();
  current_.swap(next_);
  ByteReader in(current_);
  key_size_ = in.get_varint();
  key_start_ = current_.size() - in.rest().size();
  if (clean_up_always_ > 0) clean_up(clean_up_always_);
}

std::string_view KeyedStateBackend::current_key() const {
  return std::string_view(current_).substr(key_start_, key_size_);
}

std::string_view KeyedStateBackend::current_namespace() const {
  ByteReader in(std::string_view(current_).substr(key_start_ + key_size_));
  return in.get_bytes();
}

void KeyedStateBackend::prefetch(const EntryList& entries) {
  hashes_.resize(entries.size());
  ahead_.resize(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    hashes_[i] = Entries::hash_of(entries[i]);
    ahead_[i] = entries_.bucket_of(hashes_[i]);
    entries_.prefetch_bucket(ahead_[i]);
  }
  fetch_ahead([](const Node&) { return true; });
  if (stored()) prefetch_stored(entries);
}

void KeyedStateBackend::prefetch_stored(const EntryList& entries) {
  undecoded_.clear();
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!entries_.find(entries[i], hashes_[i])) undecoded_.push_back(entries[i]);
  }
  if (undecoded_.empty()) return;
  for (StateId state = 0; state < states_.size(); ++state) {
    if (states_[state].kind == StateDescriptor::Kind::kValue) options_.store->prefetch(state, undecoded_);
  }
}

template <typename IsWanted>
void KeyedStateBackend::fetch_ahead(IsWanted is_wanted) {
  for (size_t bucket : ahead_) entries_.prefetch_node(bucket);
  for (size_t bucket : ahead_) entries_.prefetch_second(bucket);
  fetched_.clear();
  for (size_t bucket : ahead_) {
    for (Node* node = entries_.bucket(bucket); node; node = node->next) {
      if (!is_wanted(*node)) continue;
      __builtin_prefetch(node->key.data());
      __builtin_prefetch(node->value.cells.get());
      fetched_.push_back(node);
    }
  }
  for (const Node* node : fetched_) {
    if (const Cell* cell = node->value.cells.get()) cell->prefetch(states_[cell->state()]);
  }
  for (const Node* node : fetched_) {
    if (const Cell* cell = node->value.cells.get()) cell->prefetch_contents(states_[cell->state()]);
  }
}

void KeyedStateBackend::leave() {
  if (at_ && !stored() && at_->value.empty()) entries_.erase(*at_);
  forget_place();
  current_store_key_.clear();
}

// -- Cells

KeyedStateBackend::Node* KeyedStateBackend::find_entry() {
  if (!looked_up_) {
    at_ = entries_.find(current_);
    looked_up_ = true;
    if (at_ && !PFPP_MUTANT("changed_before_written")) about_to_use(*at_);
    if (at_) at_->value.used = true;
  }
  return at_;
}

KeyedStateBackend::Node& KeyedStateBackend::make_entry() {
  if (Node* node = find_entry()) return *node;
  if (stored()) make_room(1);
  at_ = &entries_.add(current_, Entries::hash_of(current_));
  at_->value.key_group = static_cast<uint16_t>(key_group(current_));
  if (stored()) {
    weigh(*at_);
  } else {
    at_->value.snapshot() = PFPP_MUTANT("later_entry_in_snapshot") ? 0 : snapshot_;
  }
  return *at_;
}

void KeyedStateBackend::refuse_while_busy() {
  throw Error(
      "keyed state can't be used while a value of it is written or let go: what pickle calls, such as "
      "__getstate__ and __reduce__, and __del__ must do without it");
}

Cell* KeyedStateBackend::find_cell(StateId state) {
  check_not_busy();
  if (stored()) {
    Cell& cell = make_cell(state);
    if (states_[state].kind == StateDescriptor::Kind::kValue &&
        static_cast<ValueCell&>(cell).load(states_[state], place(state))) {
      weigh(*at_);
    }
    return &cell;
  }
  Node* node = find_entry();
  if (states_[state].ttl) clean_up(states_[state].ttl->cleanup_entries);
  return node ? node->value.cell(state) : nullptr;
}

Cell& KeyedStateBackend::make_cell(StateId state) {
  check_not_busy();
  Node& node = make_entry();
  if (states_[state].ttl) clean_up(states_[state].ttl->cleanup_entries);
  Cell* cell = node.value.cell(state);
  return cell ? *cell : add_cell(node.value, state);
}

Cell& KeyedStateBackend::add_cell(Entry& entry, StateId state) const {
  std::unique_ptr<Cell> cell;
  switch (states_[state].kind) {
    case StateDescriptor::Kind::kValue:
      cell = std::make_unique<ValueCell>(state, stored());
      break;
    case StateDescriptor::Kind::kList:
      cell = std::make_unique<ListCell>(state, stored());
      break;
    case StateDescriptor::Kind::kMap:
      cell = std::make_unique<MapCell>(state, stored());
      break;
  }
  cell->next = std::move(entry.cells);
  entry.cells = std::move(cell);
  return *entry.cells;
}

CellPlace KeyedStateBackend::place(StateId state) {
  if (!stored()) return {};
  if (current_store_key_.empty()) current_store_key_ = store_key(current_, make_entry().value.key_group);
  return {options_.store.get(), state, current_store_key_};
}

int64_t KeyedStateBackend::now(StateId state) const {
  return states_[state].ttl ? options_.clock->epoch_millis() : 0;
}

uint32_t KeyedStateBackend::key_group(std::string_view entry) const {
  ByteReader in(entry);
  return key_group_of(options_.keys->hash_code(in.get_bytes()), options_.max_parallelism);
}

std::string KeyedStateBackend::store_key(std::string_view entry, uint32_t key_group) {
  std::string key;
  key.reserve(2 + entry.size());
  ByteWriter out(key);
  out.put_byte(static_cast<uint8_t>(key_group >> 8));
  out.put_byte(static_cast<uint8_t>(key_group));
  out.put_raw(entry);
  return key;
}

void KeyedStateBackend::drop_cells(Entry& entry) noexcept {
  const Busy busy(*this);
  for (Cell* cell = entry.cells.get(); cell; cell = cell->next.get()) cell->drop(states_[cell->state()]);
  entry.cells.reset();
}

std::shared_ptr<const KeyedSnapshot> KeyedStateBackend::look_up(StateId state, std::string_view entry) {
  const StateDescriptor& declared = states_[state];
  KeyedSnapshotWriter out(options_.max_parallelism);
  out.begin_state(info_of(declared));
  bool has_rows = false;
  const auto add = [&](const KeyedRow& row) {
    out.add_row(row);
    return has_rows = true;
  };
  // Not `find_entry`: who only reads a value where it is does not use it.
  Node* node = entries_.find(entry);
  Cell* cell = node ? node->value.cell(state) : nullptr;
  const Busy busy(*this);
  try {
    if (stored()) {
      const std::string prefix = store_key(entry, key_group(entry));
      if (cell) cell->flush(declared, {options_.store.get(), state, prefix});
      if (declared.kind == StateDescriptor::Kind::kMap) {
        options_.store->scan(state, prefix, {}, [&](std::string_view key, std::string_view value) {
          return add(stored_row(key, value));
        });
      } else if (const auto value = options_.store->get(state, prefix)) {
        add(stored_row(prefix, *value));
      }
    } else if (cell) {
      std::string row;
      cell->write_rows(declared, row, [&](std::string_view map_key, std::string_view value) {
        add({node->value.key_group, entry, map_key, value});
      });
    }
  } catch (...) {
    if (node) fail_to_write(*node, state);
    throw;
  }
  return has_rows ? std::make_shared<KeyedSnapshot>(out.finish()) : nullptr;
}

void KeyedStateBackend::for_each_key(StateId state, const std::function<void()>& visitor) {
  check_not_busy();
  std::string before = current_;
  if (stored()) {
    flush();
    std::string last;
    options_.store->scan(state, {}, {}, [&](std::string_view key, std::string_view value) {
      KeyedRow row = stored_row(key, value);
      if (row.entry == last) return true;  // another entry of the same map
      last = row.entry;
      set_current_entry(last);
      visitor();
      return true;
    });
  } else {
    std::vector<std::string> keys;
    entries_.for_each([&](Node& node) {
      Cell* cell = node.value.cell(state);
      if (cell && !cell->empty()) keys.push_back(node.key);
    });
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
      set_current_entry(key);
      visitor();
    }
  }
  if (!before.empty()) set_current_entry(before);
}

void KeyedStateBackend::clean_up(uint32_t wanted) {
  if (wanted == 0 || stored() || entries_.empty()) return;
  const Busy busy(*this);
  int64_t time = options_.clock->epoch_millis();
  size_t buckets = entries_.bucket_count();
  std::vector<Node*> emptied;
  // Empty buckets cost little but not nothing.
  for (size_t seen = 0, looked_at = 0;
       seen < wanted && looked_at < std::min<size_t>(buckets, size_t{16} * wanted); ++looked_at) {
    cleaning_ = (cleaning_ + 1) % buckets;
    for (Node* node = entries_.bucket(cleaning_); node; node = node->next, ++seen) {
      if (node == at_) continue;
      about_to_use(*node);
      for (Cell* cell = node->value.cells.get(); cell; cell = cell->next.get()) {
        const StateDescriptor& descriptor = states_[cell->state()];
        if (descriptor.ttl && descriptor.ttl->cleanup_entries > 0) cell->expire(descriptor, time);
      }
      if (node->value.empty()) emptied.push_back(node);
    }
  }
  for (Node* node : emptied) entries_.erase(*node);
}

// -- The cache above a store

void KeyedStateBackend::note_change() {
  Node& node = make_entry();
  if (!std::exchange(node.value.dirty, true)) dirty_.push_back(&node);
  if (++changes_ < changes_limit_) return;
  flush();
  settle();
}

void KeyedStateBackend::settle() {
  if (!at_) return;
  weigh(*at_);
  size_t most = cached_bytes();
  if (weight_ <= most) return;
  make_room(0);
  if (weight_ <= most) return;
  // One key has more than all of them are to have: it is read again, part by part, as it is needed.
  drop_cells(at_->value);
  weigh(*at_);
}

void KeyedStateBackend::weigh(Node& node) {
  size_t weight = 160 + node.key.size();
  for (Cell* cell = node.value.cells.get(); cell; cell = cell->next.get()) weight += cell->weight();
  weight = std::min<size_t>(weight, UINT32_MAX);
  weight_ = weight_ - node.value.weight + weight;
  node.value.weight = static_cast<uint32_t>(weight);
}

void KeyedStateBackend::flush() {
  if (dirty_.empty()) return;
  const Busy busy(*this);
  size_t written = 0;
  while (!dirty_.empty()) {
    Node& node = *dirty_.back();
    std::string row = store_key(node.key, node.value.key_group);
    for (Cell* cell = node.value.cells.get(); cell; cell = cell->next.get()) {
      const StateId state = cell->state();
      try {
        written += cell->flush(states_[state], {options_.store.get(), state, row});
      } catch (...) {
        fail_to_write(node, state);
      }
    }
    weigh(node);
    node.value.dirty = false;
    dirty_.pop_back();
  }
  // What has not been written yet has an unknown size: the larger values are, the fewer of them may wait.
  size_t affordable = cached_bytes() / 8 / (written / changes_ + 1);
  changes_limit_ = std::clamp<size_t>(std::min(affordable, 2 * changes_limit_), 16, 4096);
  changes_ = 0;
}

void KeyedStateBackend::make_room(size_t more_entries) {
  size_t most_bytes = cached_bytes();
  if (entries_.size() + more_entries <= options_.cached_entries && weight_ <= most_bytes) return;
  flush();
  // Some more than has to be, so that it isn't each new key's business.
  size_t keep_entries = options_.cached_entries - options_.cached_entries / 16;
  size_t keep_bytes = most_bytes - most_bytes / 16;
  const size_t buckets = entries_.bucket_count();
  // In the first round, what was used since the last one gets away.
  for (size_t looked_at = 0; looked_at < 2 * buckets; looked_at += ahead_.size()) {
    if (entries_.size() + more_entries <= keep_entries && weight_ <= keep_bytes) break;
    ahead_.resize(std::min<size_t>(kBucketsAtOnce, buckets));
    for (size_t& bucket : ahead_) bucket = sweeping_ = (sweeping_ + 1) % buckets;
    fetch_ahead([&](Node& node) { return &node != at_ && !std::exchange(node.value.used, false); });
    // What goes may run anything, too.
    const std::vector<Node*> old = std::exchange(fetched_, {});
    for (Node* node : old) {
      weight_ -= node->value.weight;
      drop_cells(node->value);
      entries_.erase(*node);
    }
  }
}

size_t KeyedStateBackend::cached_bytes() const { return share_ ? share_->bytes() : SIZE_MAX; }

// -- Snapshots

void KeyedStateBackend::import_row(StateId state, const KeyedRow& row) {
  if (stored()) {
    std::string key = store_key(row.entry, row.key_group);
    key.append(row.map_key);
    options_.store->put(state, key, row.value);
    return;
  }
  forget_place();
  const size_t hash = Entries::hash_of(row.entry);
  Node* known = entries_.find(row.entry, hash);
  Entry& entry = (known ? *known : entries_.add(row.entry, hash)).value;
  entry.key_group = static_cast<uint16_t>(row.key_group);
  Cell* cell = entry.cell(state);
  ByteReader in(row.value);
  (cell ? *cell : add_cell(entry, state)).read_row(states_[state], row.map_key, in);
}

KeyedStateInfo KeyedStateBackend::info_of(const StateDescriptor& state) {
  return {state.name, state.schema(), state.ttl.has_value(), state.kind == StateDescriptor::Kind::kList};
}

FrozenBackend KeyedStateBackend::frozen() const {
  FrozenBackend frozen{options_.max_parallelism, {}, {}, restored_, {}};
  std::set<std::string> known;
  for (StateId state = 0; state < states_.size(); ++state) {
    const StateDescriptor& declared = states_[state];
    if (declared.name.empty()) continue;  // private rows: their owner is attached
    known.insert(declared.name);
    bool drops = declared.ttl && declared.ttl->cleanup_in_snapshot;
    frozen.states.push_back(
        {state, info_of(declared), drops ? declared.row_ttl() : std::nullopt, now(state)});
  }
  auto group = [this](std::string_view entry) { return key_group(entry); };
  for (const auto& [name, rows] : attached_) {
    if (PFPP_MUTANT("timers_not_kept")) break;
    known.insert(name);
    frozen.attached.push_back({{name, rows->schema(), false, false}, rows->freeze(group)});
  }
  restored_.for_each_state([&](const KeyedStateInfo& state) {
    if (!known.insert(state.name).second) return;
    const KeyedFiles::State* in_files = restored_.in_files(state.name);
    frozen.undeclared.push_back({state, in_files ? std::optional(*in_files) : std::nullopt});
  });
  return frozen;
}

std::shared_ptr<UnwrittenState> KeyedStateBackend::freeze(const SnapshotContext& context) {
  restored_.shrink();
  if (stored()) {
    if (!PFPP_MUTANT("cells_not_flushed")) flush();
    FrozenBackend all = frozen();
    const bool in_rows = context.savepoint && !PFPP_MUTANT("savepoint_of_files");
    auto files = in_rows ? nullptr : options_.store->files();
    return std::make_shared<UnwrittenStore>(std::move(all), options_.store->view(), std::move(files));
  }
  while (!PFPP_MUTANT("earlier_snapshot_dropped") && !walk_frozen([] { return false; })) {
  }
  ++snapshot_;
  frozen_ = std::make_shared<UnwrittenHeap>(frozen());
  frozen_->set_walk([this](const std::function<bool()>& is_over) { return walk_frozen(is_over); });
  walking_ = walking_buckets_ = 0;
  forget_place();
  return frozen_;
}

void KeyedStateBackend::fail_to_write(const Node& node, StateId state) const {
  ByteReader entry(node.key);
  const StateDescriptor& descriptor = states_[state];
  descriptor.value->fail_to_write("the value of '" + descriptor.name + "' for " +
                                  options_.keys->shown(entry.get_bytes()));
}

void KeyedStateBackend::write_frozen(Node& node) {
  Entry& entry = node.value;
  if (!PFPP_MUTANT("entry_not_marked")) entry.snapshot() = snapshot_;
  if (frozen_->is_given_up()) return end_walk();
  const Busy busy(*this);
  const Cell* at = nullptr;
  const auto add = [&](std::string_view map_key, std::string_view value) {
    frozen_->add_row(at->state(), {entry.key_group, node.key, map_key, value});
  };
  try {
    for (Cell* cell = entry.cells.get(); cell; cell = cell->next.get()) {
      if (cell->empty()) continue;
      at = cell;
      try {
        cell->write_rows(states_[cell->state()], row_, std::cref(add));
      } catch (...) {
        fail_to_write(node, cell->state());
      }
    }
  } catch (...) {
    // Not the business of whoever asked for the entry.
    frozen_->fail(std::current_exception());
    end_walk();
  }
}

bool KeyedStateBackend::walk_frozen(const std::function<bool()>& is_over) {
  if (!frozen_) return true;
  const size_t at_once = PFPP_MUTANT("tiny_slices") ? 1 : kBucketsAtOnce;
  // A table that has grown has its entries elsewhere: the walk begins anew, past those that are written.
  if (walking_buckets_ != entries_.bucket_count() &&
      !(walking_buckets_ > 0 && PFPP_MUTANT("walk_not_begun_anew"))) {
    walking_ = 0;
    walking_buckets_ = entries_.bucket_count();
  }
  for (bool over = false; walking_ < walking_buckets_; over = is_over()) {
    if (over) return false;
    ahead_.resize(std::min(at_once, walking_buckets_ - walking_));
    for (size_t& bucket : ahead_) bucket = walking_++;
    fetch_ahead([&](const Node& node) { return node.value.snapshot() != snapshot_; });
    for (Node* node : fetched_) about_to_use(*node);
    if (!frozen_) return true;
  }
  end_walk();
  return true;
}

void KeyedStateBackend::end_walk() {
  if (frozen_) frozen_->end_walk();
  frozen_ = nullptr;
}

std::shared_ptr<const KeyedSnapshot> KeyedStateBackend::snapshot() {
  return written_at_once({.unwritten = freeze({.savepoint = true})}).keyed;
}

void KeyedStateBackend::attach(const std::string& name, KeyedRows& rows, const CanTake& can_take) {
  check_restored(name, rows.schema(), can_take);
  attached_[name] = &rows;
  // Of timers, those in files are there: `add_timer_rows`.
  restored_.for_each_other_row(
      name, [&](const KeyedStateInfo&, const KeyedRow& row) { rows.import_row(row.entry, row.map_key); });
  restored_.take(name);
}

void KeyedStateBackend::detach(const std::string& name) { attached_.erase(name); }

}  // namespace pf
