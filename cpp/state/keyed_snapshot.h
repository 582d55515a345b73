#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/key_group.h"
#include "serde/bytes.h"

namespace pf {

/// A row of keyed state as snapshots hold it. Views.
struct KeyedRow {
  uint32_t key_group = 0;
  std::string_view entry;    // key and namespace, as `entry_key` makes it
  std::string_view map_key;  // of a map's entry, or a timer's time; else empty
  std::string_view value;
};

/// What a snapshot says about a state before its rows.
struct KeyedStateInfo {
  std::string name;
  std::string schema;  // as StateDescriptor's
  bool has_ttl = false;
  bool is_list = false;
};

/// Takes rows of keyed state one after another, each with its state, which is the same object until the next
/// state begins.
using KeyedRowVisitor = std::function<void(const KeyedStateInfo& state, const KeyedRow& row)>;

/// The keyed state of one operator in one subtask at a moment, in the bytes that
/// docs/formats/keyed_snapshot.md describes: the same for every backend. Immutable; any thread.
class KeyedSnapshot {
 public:
  /// Throws Error when the bytes are damaged or of a later version.
  explicit KeyedSnapshot(std::string bytes);

  const std::string& bytes() const { return bytes_; }
  /// What the key groups of its rows are out of.
  uint32_t max_parallelism() const { return max_parallelism_; }

  struct State : KeyedStateInfo {
    std::string_view rows;
  };
  const std::vector<State>& states() const { return states_; }
  void for_each_row(const State& state, const std::function<void(const KeyedRow&)>& visitor) const;
  /// Of the state with the name, the rows in these key groups.
  void for_each_row(const std::string& name, KeyGroups groups, const KeyedRowVisitor& visitor) const;

 private:
  std::string bytes_;
  uint32_t max_parallelism_ = 0;
  std::vector<State> states_;
};

/// A row's bytes in a snapshot.
void append_row(const KeyedRow& row, std::string& out);
KeyedRow read_row(ByteReader& in);
/// Splits a row of a store: its key begins with the key group.
KeyedRow stored_row(std::string_view key, std::string_view value);

/// Writes one: `begin_state`, its rows, the next state, ..., `finish`.
class KeyedSnapshotWriter {
 public:
  explicit KeyedSnapshotWriter(uint32_t max_parallelism);
  void begin_state(const KeyedStateInfo& info);
  void add_row(const KeyedRow& row) { append_row(row, bytes_); }
  /// As `append_row` wrote them.
  void add_rows(std::string_view rows) { bytes_.append(rows); }
  std::string finish();

 private:
  void end_state();

  std::string bytes_;
  std::optional<size_t> rows_from_;  // where those of the state begin, behind their size
};

}  // namespace pf
