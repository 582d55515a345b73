#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "state/cell.h"
#include "state/entry_list.h"
#include "state/entry_table.h"
#include "state/key_codec.h"
#include "state/keyed_rows.h"
#include "state/keyed_snapshot.h"
#include "state/memory_share.h"
#include "state/queryable_state.h"
#include "state/restored_keyed_state.h"
#include "state/snapshot_context.h"

namespace pf {

class UnwrittenHeap;
class UnwrittenState;
struct FrozenBackend;

/// The keyed state of one operator in one subtask: for each key, and namespace (a window's bytes; empty
/// outside of windows), a cell of each declared state. Without a store beneath, all of it stays decoded in
/// memory: the heap backend. With one, the most recently used entries do: the RocksDB backend. Beyond that
/// they are the same. Lives on the task's thread. What a checkpoint keeps: everything, by `freeze`.
/// Code of the user's that runs when a value is written or let go, as Python's `__getstate__`, is refused
/// what it asks of the backend: Error.
class KeyedStateBackend {
 public:
  struct Options {
    uint32_t max_parallelism = 128;
    /// Of a restored snapshot, only the key groups of this subtask come in.
    uint32_t subtask = 0;
    uint32_t parallelism = 1;
    const Clock* clock = nullptr;
    std::shared_ptr<const KeyCodec> keys;
    /// For states that have a queryable name; null: nobody asks.
    StatePublisher publish;
    std::unique_ptr<StateStore> store;  // null: heap
    /// What stays decoded above a store.
    size_t cached_entries = 100'000;
    std::shared_ptr<MemoryBudget> cached_bytes;  // null: no limit
    /// What to go on from. State that is not declared (yet) is carried from snapshot to snapshot.
    std::vector<std::shared_ptr<const KeyedSnapshot>> restored;
    /// As those, but in files, out of which they are read.
    std::vector<std::shared_ptr<const UnpackedFiles>> restored_to_read;
    /// In place of both: the files that the store was made of.
    std::shared_ptr<const UnpackedFiles> restored_files;
  };

  explicit KeyedStateBackend(Options options);
  ~KeyedStateBackend();
  KeyedStateBackend(const KeyedStateBackend&) = delete;
  KeyedStateBackend& operator=(const KeyedStateBackend&) = delete;

  /// Again with the same name gives the same state. Throws Error when kind or types differ from before, or
  /// from what a snapshot restored.
  StateId declare(StateDescriptor descriptor);
  /// Of a declared state; none when there is none of the name.
  std::optional<StateId> find(std::string_view name) const;
  const StateDescriptor& descriptor(StateId state) const { return states_[state]; }

  /// What the states' methods refer to from now on.
  void set_current(std::string_view key, std::string_view name_space = {});
  /// Keeps the key.
  void set_namespace(std::string_view name_space);
  /// Both at once, from `entry_key` or `current_entry`.
  void set_current_entry(std::string_view entry);
  std::string_view current_entry() const { return current_; }
  std::string_view current_key() const;
  std::string_view current_namespace() const;

  /// Tells which entries will become current soon: what has to be fetched for them from
  /// memory is fetched for all at once.
  void prefetch(const EntryList& entries);

  /// What the state has for an entry, as a snapshot; null where that is nothing. Whatever is current stays
  /// so, and a snapshot that is being written does not notice.
  std::shared_ptr<const KeyedSnapshot> look_up(StateId state, std::string_view entry);

  /// Current key by key, in no particular order, for all that have something in this state.
  void for_each_key(StateId state, const std::function<void()>& visitor);

  /// Puts one row of a snapshot back. Before any record.
  void import_row(StateId state, const KeyedRow& row);

  /// All states and attached rows as they are now, to be written while the operator goes on; when it is asked
  /// again before that, what the task's thread has left of the one before is written first. Savepoints are
  /// never made of a store's files.
  std::shared_ptr<UnwrittenState> freeze(const SnapshotContext& context);
  /// The same, written at once, and without files.
  std::shared_ptr<const KeyedSnapshot> snapshot();
  using CanTake = std::function<bool(const std::string& schema)>;
  /// Includes rows in all snapshots, by name; those that were restored come in before it returns. They stay
  /// the caller's, who calls `detach` before they die. Throws Error where they were saved with another schema
  /// than theirs, unless they can take that.
  void attach(const std::string& name, KeyedRows& rows, const CanTake& can_take = nullptr);
  void detach(const std::string& name);

  /// How many entries are to stay decoded above a store.
  size_t cached_entries() const { return options_.cached_entries; }
  /// Null on the heap.
  StateStore* store() { return options_.store.get(); }
  /// A place in the store for rows of someone else's.
  StateId add_private_rows(const std::string& name, StateStore::Reads reads);
  /// The same for the rows of timers that will be attached under the name; and whether the store has some of
  /// them already, in the files that it was made of. These are not imported.
  std::pair<StateId, bool> add_timer_rows(const std::string& name);
  uint32_t key_group(std::string_view entry) const;
  uint32_t max_parallelism() const { return options_.max_parallelism; }

  /// Entries in memory.
  size_t size() const { return entries_.size(); }

  // What follows is for the states' handles (value_state.h and its kin).

  /// The cell of the current key: null when there is nothing to remember yet. A value is loaded.
  Cell* find_cell(StateId state);
  /// As `find_cell`, but makes one, and loads nothing.
  Cell& make_cell(StateId state);
  /// Valid until `set_current`.
  CellPlace place(StateId state);
  /// Milliseconds since the epoch when the state has a TTL, else 0.
  int64_t now(StateId state) const;
  /// To be called after each change of the current key's cells, which may be gone afterwards.
  void changed() {
    if (stored()) note_change();
  }
  /// To be called after many values have been loaded into the current key's cells, which may be gone
  /// afterwards.
  void loaded() {
    if (stored()) settle();
  }

 private:
  struct Entry {
    std::unique_ptr<Cell> cells;  // the first one
    /// Above a store, what it weighs. On the heap, the number of the last snapshot that has the entry, or
    /// that it came after.
    uint32_t weight = 0;
    uint32_t& snapshot() { return weight; }
    uint32_t snapshot() const { return weight; }
    uint16_t key_group = 0;
    // Only with a store:
    bool used = false;   // since the last look for what to evict
    bool dirty = false;  // some cell may have to be flushed

    Cell* cell(StateId state) const {
      Cell* cell = cells.get();
      while (cell && cell->state() != state) cell = cell->next.get();
      return cell;
    }
    bool empty() const;
  };
  using Entries = EntryTable<Entry>;
  using Node = Entries::Node;

  /// Entries and cells stay as they are while it lives, whatever code of the user's runs.
  class Busy {
   public:
    explicit Busy(KeyedStateBackend& backend) : busy_(backend.busy_), before_(std::exchange(busy_, true)) {}
    ~Busy() { busy_ = before_; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    bool& busy_;
    const bool before_;
  };
  void check_not_busy() const {
    if (busy_) refuse_while_busy();
  }
  [[noreturn]] static void refuse_while_busy();
  /// Within a handler of what a cell threw as it was written: throws it on.
  void fail_to_write(const Node& node, StateId state) const;

  bool stored() const { return options_.store != nullptr; }
  /// Makes `next_` the current entry.
  void move_on();
  void leave();
  void forget_place() {
    at_ = nullptr;
    looked_up_ = false;
  }
  /// Has the entries of `ahead_` fetched from memory, with their cells and values, and those behind them in
  /// their buckets: those that are wanted, which are `fetched_` then. Each step waits for all at once.
  template <typename IsWanted>
  void fetch_ahead(IsWanted is_wanted);
  /// Of those that are not decoded.
  void prefetch_stored(const EntryList& entries);
  Node* find_entry();
  Node& make_entry();
  Cell& add_cell(Entry& entry, StateId state) const;
  static std::string store_key(std::string_view entry, uint32_t key_group);
  /// Looks through some more entries for expired state.
  void clean_up(uint32_t entries);
  void note_change();
  void settle();
  /// Brings the store up to date.
  void flush();
  void weigh(Node& node);
  void make_room(size_t more_entries);
  void drop_cells(Entry& entry) noexcept;
  size_t cached_bytes() const;
  void check_restored(const std::string& name, const std::string& schema, const CanTake& can_take) const;
  /// Rows of a state that is declared now.
  void import_rows(StateId state);
  static KeyedStateInfo info_of(const StateDescriptor& state);
  FrozenBackend frozen() const;
  /// To be called before anything is changed or given out of an entry on the heap.
  void about_to_use(Node& node) {
    if (frozen_ && node.value.snapshot() != snapshot_) write_frozen(node);
  }
  void write_frozen(Node& node);
  /// Some more entries of `frozen_`; true when none is left.
  bool walk_frozen(const std::function<bool()>& is_over);
  void end_walk();

  Options options_;
  RestoredKeyedState restored_;  // of states that nobody has declared yet
  std::vector<StateDescriptor> states_;
  std::map<std::string, KeyedRows*> attached_;
  Entries entries_;
  std::string current_;  // entry key
  std::string next_;
  size_t key_start_ = 0;  // within current_
  size_t key_size_ = 0;
  bool busy_ = false;   // see Busy
  Node* at_ = nullptr;  // of current_, when looked up and there
  bool looked_up_ = false;
  std::string current_store_key_;
  std::vector<size_t> hashes_;  // of entries that are being fetched, ...
  std::vector<size_t> ahead_;   // ... and their buckets
  std::vector<Node*> fetched_;
  std::vector<std::string_view> undecoded_;
  size_t cleaning_ = 0;  // bucket that was cleaned up last
  /// How many entries each switch of keys is to look through.
  uint32_t clean_up_always_ = 0;

  // Of the cache above a store.
  std::unique_ptr<MemoryShare> share_;
  std::vector<Node*> dirty_;
  size_t weight_ = 0;          // of all entries
  size_t changes_ = 0;         // since the last flush
  size_t changes_limit_ = 64;  // when to flush
  size_t sweeping_ = 0;        // bucket that was looked at last for what to evict

  // Of the heap's snapshot that is being written; null when none is.
  std::shared_ptr<UnwrittenHeap> frozen_;
  uint32_t snapshot_ = 0;       // its number
  size_t walking_ = 0;          // the next bucket, ...
  size_t walking_buckets_ = 0;  // ... of so many
  std::string row_;             // memory for the value that is being written
};

/// The bytes of a key and a namespace in one.
std::string entry_key(std::string_view key, std::string_view name_space);
void append_entry_key(std::string_view key, std::string_view name_space, std::string& entries);

}  // namespace pf
