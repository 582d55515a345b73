#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/column.h"
#include "state/cell.h"

namespace pf {

/// Between the keys of a stream and the bytes that state knows them by. Equal keys have equal bytes, however
/// they are laid out. Immutable; where keys are Python objects, used with the GIL.
class KeyCodec {
 public:
  virtual ~KeyCodec() = default;
  /// Appends the bytes of one row's key.
  virtual void encode(const Column& keys, size_t row, std::string& out) const = 0;
  /// The key's Java `hashCode`, which decides its key group.
  virtual int32_t hash_code(std::string_view key) const = 0;
};

/// The keyed state of one operator in one subtask: for each key, and namespace (a window's bytes; empty
/// outside of windows), a cell of each declared state. Without a store beneath, all of it stays decoded in
/// memory: the heap backend. With one, the most recently used entries do: the RocksDB backend. Beyond that
/// they are the same. Lives on the task's thread. What a checkpoint keeps: everything, by `export_rows`.
class KeyedStateBackend {
 public:
  struct Options {
    uint32_t max_parallelism = 128;
    const Clock* clock = nullptr;
    std::shared_ptr<const KeyCodec> keys;
    std::unique_ptr<StateStore> store;  // null: heap
    /// Entries that stay decoded above a store.
    size_t cached_entries = 100'000;
  };

  explicit KeyedStateBackend(Options options);
  ~KeyedStateBackend();
  KeyedStateBackend(const KeyedStateBackend&) = delete;
  KeyedStateBackend& operator=(const KeyedStateBackend&) = delete;

  /// Again with the same name gives the same state. Throws Error when kind or types differ from before.
  StateId declare(StateDescriptor descriptor);
  /// Of a declared state; none when there is none of the name.
  std::optional<StateId> find(std::string_view name) const;
  const StateDescriptor& descriptor(StateId state) const { return states_[state]; }

  /// What the states' methods refer to from now on. Neither argument may be a view of the current one.
  void set_current(std::string_view key, std::string_view name_space = {});
  /// Keeps the key.
  void set_namespace(std::string_view name_space);
  /// Both at once, from `entry_key` or `current_entry`.
  void set_current_entry(std::string_view entry);
  std::string_view current_entry() const { return current_; }
  std::string_view current_key() const;
  std::string_view current_namespace() const;

  /// The cell of the current key: null when there is nothing to remember yet.
  Cell* find_cell(StateId state);
  /// As `find_cell`, but makes one.
  Cell& make_cell(StateId state);
  /// Valid until `set_current`.
  CellPlace place(StateId state);
  /// Milliseconds since the epoch when the state has a TTL, else 0.
  int64_t now(StateId state) const;

  /// Current key by key, in no particular order, for all that have something in this state.
  void for_each_key(StateId state, const std::function<void()>& visitor);
  /// Looks through some more entries for expired state. To be called for each record.
  void clean_up(bool accessed);

  struct Row {
    uint32_t key_group;
    std::string_view entry;    // key and namespace, as `entry_key` makes it
    std::string_view map_key;  // of a map's entry, else empty
    std::string_view value;
  };
  /// All of a state, in no particular order.
  void export_rows(StateId state, const std::function<void(const Row&)>& visitor);
  /// Puts one exported row back. Before any record.
  void import_row(StateId state, const Row& row);

  /// Entries in memory.
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::vector<std::unique_ptr<Cell>> cells;
    std::list<const std::string*>::iterator use;  // only with a store
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  bool stored() const { return options_.store != nullptr; }
  void leave();
  Entry* find_entry();
  Entry& make_entry();
  std::unique_ptr<Cell> new_cell(StateId state) const;
  std::string store_key(std::string_view entry) const;
  bool is_empty(const Entry& entry) const;
  void flush(const std::string& key, Entry& entry);
  void drop(Entry& entry) noexcept;
  void evict();

  Options options_;
  std::vector<StateDescriptor> states_;
  Entries entries_;
  std::list<const std::string*> uses_;  // most recent first
  std::string current_;                 // entry key
  size_t key_start_ = 0;                // within current_
  size_t key_size_ = 0;
  Entries::iterator at_;  // of current_, or end
  bool looked_up_ = false;
  std::string current_store_key_;
  size_t cleaning_ = 0;  // bucket
  bool has_ttl_ = false;
};

/// The bytes of a key and a namespace in one.
std::string entry_key(std::string_view key, std::string_view name_space);

}  // namespace pf
