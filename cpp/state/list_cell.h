#pragma once

#include <vector>

#include "state/cell.h"

namespace pf {

/// The cell of a list state. Elements can be added without loading those that are stored.
class ListCell final : public Cell {
 public:
  /// `stored`: a store beneath may have elements.
  ListCell(StateId state, bool stored) : Cell(state), complete_(!stored) {}
  bool empty() const override { return complete_ && items_.empty(); }
  size_t flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;
  void write_rows(const StateDescriptor& descriptor, std::string& scratch,
                  const RowVisitor& visitor) override;
  void read_row(const StateDescriptor& descriptor, std::string_view map_key, ByteReader& value) override;

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

}  // namespace pf
