#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/cell.h"

namespace pf {

/// The cell of a map state: an entry at a time when there is a store beneath. Ordered by the keys' bytes.
class MapCell final : public Cell {
 public:
  struct Entry {
    Timed item;
    uint32_t weight = 0;  // its part of the cell's
    bool present = false;
    bool changed = false;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// `stored`: a store beneath may have entries.
  MapCell(StateId state, bool stored) : Cell(state), stored_(stored), complete_(!stored) {}
  bool empty() const override { return complete_ && present_ == 0; }
  size_t flush(const StateDescriptor& descriptor, const CellPlace& place) override;
  void drop(const StateDescriptor& descriptor) noexcept override;
  void expire(const StateDescriptor& descriptor, int64_t now) override;
  void write_rows(const StateDescriptor& descriptor, std::string& scratch,
                  const RowVisitor& visitor) override;
  void read_row(const StateDescriptor& descriptor, std::string_view map_key, ByteReader& value) override;

  /// Null when absent.
  Entry* find(const StateDescriptor& descriptor, const CellPlace& place, std::string_view key);
  void put(const StateDescriptor& descriptor, std::string_view key, Datum owned, int64_t now);
  void remove(const StateDescriptor& descriptor, std::string_view key);
  /// At most so many of the keys that are present from that one on, in order; none only at the end. Loads
  /// what it shows, so that `find` has it at hand.
  std::vector<std::string> keys_from(const StateDescriptor& descriptor, const CellPlace& place,
                                     std::string_view from, size_t limit);
  /// Expired or not.
  std::optional<std::string> last_key_before(const CellPlace& place, std::string_view bound) const;

 private:
  Entry& at(std::string_view key);
  void weigh(Entry& entry, size_t bytes);
  /// Gives the entry behind.
  Entries::iterator set_absent(const StateDescriptor& descriptor, Entries::iterator entry);
  /// Takes in a row of the store.
  void load(const StateDescriptor& descriptor, std::string_view key, std::string_view value);

  Entries entries_;
  size_t present_ = 0;
  bool stored_;
  bool complete_;         // what is not here is nowhere
  bool cleared_ = false;  // what the store has is to go first
};

}  // namespace pf
