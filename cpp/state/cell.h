#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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
  explicit Cell(StateId state) : state_(static_cast<uint16_t>(state)) {}
  virtual ~Cell() = default;

  /// True when there is nothing to remember.
  virtual bool empty() const = 0;
  /// Writes what has changed, also where an earlier call has thrown, and gives the number of bytes.
  virtual size_t flush(const StateDescriptor& descriptor, const CellPlace& place) = 0;
  /// Lets go of all values.
  virtual void drop(const StateDescriptor& descriptor) noexcept = 0;
  /// Forgets what has expired by now.
  virtual void expire(const StateDescriptor& descriptor, int64_t now) = 0;

  /// Shows all rows as they would be stored. Only without a store beneath.
  /// `scratch` is memory that may be used again.
  using RowVisitor = std::function<void(std::string_view map_key, std::string_view value)>;
  virtual void write_rows(const StateDescriptor& descriptor, std::string& scratch,
                          const RowVisitor& visitor) = 0;
  /// Takes in a row that `write_rows` showed. Only without a store beneath.
  virtual void read_row(const StateDescriptor& descriptor, std::string_view map_key, ByteReader& value) = 0;

  /// Hints that values will be read, as the serializer's.
  virtual void prefetch(const StateDescriptor&) const {}
  virtual void prefetch_contents(const StateDescriptor&) const {}

  StateId state() const { return state_; }
  /// Memory held, in bytes, as estimated when its values were last read from the store or written to it.
  size_t weight() const { return weight_; }

  /// The cell of the same key in another state.
  std::unique_ptr<Cell> next;

 protected:
  /// What a decoded value takes, by the size of its bytes. Python's objects are several times as large.
  static size_t weight_of(size_t bytes) { return 64 + 3 * bytes; }
  void set_weight(size_t weight) { weight_ = static_cast<uint32_t>(std::min<size_t>(weight, UINT32_MAX)); }

 private:
  uint32_t weight_ = 0;
  uint16_t state_;  // small: there is a cell for each key
};

/// A stored item: its time when there is a TTL, then the value.
void write_item(const StateDescriptor& descriptor, const Timed& item, ByteWriter& out);
Timed read_item(const StateDescriptor& descriptor, ByteReader& in);

}  // namespace pf
