#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "state/state_descriptor.h"
#include "state/state_store.h"

namespace pf {

/// A decoded value and when it was last written or, as the TTL has it, read.
struct Timed {
  Datum value;
  int64_t touched = 0;  // milliseconds since the epoch; 0 without a TTL
};

/// Where a cell's bytes lie when its backend has a store beneath.
struct CellPlace {
  StateStore* store = nullptr;  // null: the cell is all there is
  StateId state = 0;
  std::string_view key;  // of the row, or the prefix of a map's rows
};

/// What one key (and namespace) has in one state, decoded. With a store beneath, a cell is a write-back
/// cache: `flush` brings the store up to date. Owned by its backend, which calls `drop` before the end.
class Cell {
 public:
  virtual ~Cell() = default;
  /// True when there is nothing to remember.
  virtual bool empty() const = 0;
  /// Writes what has changed.
  virtual void flush(const StateDescriptor& descriptor, const CellPlace& place) = 0;
  /// Lets go of all values.
  virtual void drop(const StateDescriptor& descriptor) noexcept = 0;
  /// Forgets what has expired by now.
  virtual void expire(const StateDescriptor& descriptor, int64_t now) = 0;
};

/// Of a value state.
class ValueCell final : public Cell {
 public:
  /// From what the store has.
  void load(const StateDescriptor& descriptor, const CellPlace& place);
  bool empty() const override { return !present_; }
  void flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;

  /// Null when absent. Whoever changes what it points to calls `mark_changed`.
  Timed* get() { return present_ ? &item_ : nullptr; }
  void put(const StateDescriptor& descriptor, Datum owned, int64_t now);
  void mark_changed() { changed_ = true; }

 private:
  Timed item_;
  bool present_ = false;
  bool changed_ = false;
};

/// Of a list state. Elements can be added without loading those that are stored.
class ListCell final : public Cell {
 public:
  /// `stored`: a store beneath may have elements.
  explicit ListCell(bool stored) : complete_(!stored) {}
  bool empty() const override { return complete_ && items_.empty(); }
  void flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;

  std::vector<Timed>& all(const StateDescriptor& descriptor, const CellPlace& place);
  void add(Datum owned, int64_t now) { items_.push_back({owned, now}); }
  /// For changes of `all` other than by `add`.
  void mark_changed() { rewrite_ = true; }

 private:
  std::vector<Timed> items_;
  size_t stored_ = 0;  // so many of the first items are in the store as they are
  bool complete_;
  bool rewrite_ = false;
};

/// Of a map state: an entry at a time when there is a store beneath. Ordered by the keys' bytes.
class MapCell final : public Cell {
 public:
  struct Entry {
    Timed item;
    bool present = false;
    bool changed = false;
  };

  /// `stored`: a store beneath may have entries.
  explicit MapCell(bool stored) : stored_(stored), complete_(!stored) {}
  bool empty() const override { return complete_ && present_ == 0; }
  void flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;

  /// Null when absent.
  Entry* find(const StateDescriptor& descriptor, const CellPlace& place, std::string_view key);
  void put(const StateDescriptor& descriptor, std::string_view key, Datum owned, int64_t now);
  void remove(const StateDescriptor& descriptor, std::string_view key);
  void clear(const StateDescriptor& descriptor);
  /// All entries; look only at those that are present.
  using Entries = std::map<std::string, Entry, std::less<>>;
  Entries& all(const StateDescriptor& descriptor, const CellPlace& place);

 private:
  Entry& at(std::string_view key);
  /// Gives the entry behind.
  Entries::iterator set_absent(const StateDescriptor& descriptor, Entries::iterator entry);

  Entries entries_;
  size_t present_ = 0;
  bool stored_;
  bool complete_;
  bool cleared_ = false;  // what the store has is to go first
};

/// Whether something that was touched then is expired now.
bool is_expired(const StateTtl& ttl, int64_t touched, int64_t now);

/// A stored item: its time when there is a TTL, then the value.
void write_item(const StateDescriptor& descriptor, const Timed& item, ByteWriter& out);
Timed read_item(const StateDescriptor& descriptor, ByteReader& in);

}  // namespace pf
