#pragma once

#include "state/cell.h"

namespace pf {

/// The cell of a value state.
class ValueCell final : public Cell {
 public:
  /// `stored`: a store beneath may have a value.
  ValueCell(StateId state, bool stored) : Cell(state), complete_(!stored) {}
  /// Makes sure that `get` tells what the store has; true if it had to look.
  bool load(const StateDescriptor& descriptor, const CellPlace& place);
  bool empty() const override { return complete_ && !present_; }
  size_t flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;
  void write_rows(const StateDescriptor& descriptor, std::string& scratch,
                  const RowVisitor& visitor) override;
  void read_row(const StateDescriptor& descriptor, std::string_view map_key, ByteReader& value) override;
  void prefetch(const StateDescriptor& descriptor) const override {
    if (present_) descriptor.value->prefetch(item_.value);
  }
  void prefetch_contents(const StateDescriptor& descriptor) const override {
    if (present_) descriptor.value->prefetch_contents(item_.value);
  }

  /// Null when absent or not loaded. Whoever changes what it points to calls `mark_changed`.
  Timed* get() { return present_ ? &item_ : nullptr; }
  void put(const StateDescriptor& descriptor, Datum owned, int64_t now);
  void mark_changed() { changed_ = true; }

 private:
  bool complete_;
  bool present_ = false;
  bool changed_ = false;
  Timed item_;
};

}  // namespace pf
