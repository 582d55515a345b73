#pragma once

#include <map>
#include <string>
#include <vector>

#include "dataflow/aggregate/aggregate_table.h"
#include "state/keyed_state_backend.h"

namespace pf {

/// The keyed state of an operator that aggregates: tables of groups, one for each slice of time, or just one.
/// On the heap they are all there is. With a store beneath, tables hold the groups that were used last: once
/// there are too many, all are written and forgotten, and a group is read when its key comes again.
/// Lives on the task's thread. What a checkpoint keeps: all groups, as rows of the operator's keyed state.
class AggregateState final : private KeyedRows {
 public:
  struct Table {
    explicit Table(const Aggregation& aggregation) : groups(aggregation) {}
    AggregateTable groups;
    bool stored = false;  // the store may have groups of it, too
  };
  using Tables = std::map<int64_t, Table>;

  /// What the backend has restored comes in at once. The aggregation and the backend must outlive it.
  AggregateState(const Aggregation& aggregation, std::shared_ptr<const KeyCodec> codec,
                 KeyedStateBackend& backend);
  ~AggregateState();
  AggregateState(const AggregateState&) = delete;
  AggregateState& operator=(const AggregateState&) = delete;

  Tables& tables() { return tables_; }
  Table& table(int64_t id) { return tables_.try_emplace(id, aggregation_).first->second; }
  /// The group of each row's key in a table; what the store has of it is there afterwards.
  void find(int64_t id, Table& table, const HashedKeys& keys, std::span<const uint32_t> rows,
            std::span<uint32_t> groups);
  /// The group of a key, if the table has one.
  std::optional<uint32_t> find_existing(int64_t id, Table& table, const HashedKeys& keys, uint32_t row);
  /// Forgets a table; gives the one behind it.
  Tables::iterator drop(Tables::iterator table);
  /// To be called between batches: writes groups away when there are too many. True when it has.
  bool make_room();
  /// Brings the store up to date; all tables are empty then.
  void write_all();

  /// The ordinal of the next row; see GroupedRows.
  uint64_t next_ordinal() const { return next_ordinal_; }
  void advance_ordinal(size_t rows) { next_ordinal_ += rows; }
  /// Windows that end by this time have been shown: what snapshots say.
  void set_shown_until(int64_t time) { shown_until_ = time; }

  /// Groups of one stored table, in the order of their keys' bytes. Tables must not change meanwhile.
  class Cursor {
   public:
    Cursor(AggregateState& state, int64_t id);
    bool at_end() const { return next_ == rows_.size(); }
    const std::string& key() const { return rows_[next_].first; }
    /// What `AggregateTable::write` wrote.
    const std::string& group() const { return rows_[next_].second; }
    void advance();

   private:
    void read_on(const std::string& from);

    AggregateState* state_;
    int64_t id_;
    std::vector<std::pair<std::string, std::string>> rows_;
    size_t next_ = 0;
  };
  /// A column with the one key that a cursor has shown.
  ColumnPtr key_from(std::string_view bytes) const;

 private:
  std::unique_ptr<FrozenRows> freeze(const KeyGroupOf& key_group) const override;
  void import_row(std::string_view entry, std::string_view detail) override;
  std::string schema() const override;

  /// Of memory, by some of the groups when there are many more than at the last look.
  size_t weight_of(size_t groups);
  bool read_stored(int64_t id, AggregateTable& table, uint32_t group);
  void write_table(int64_t id, Table& table);

  const Aggregation& aggregation_;
  std::shared_ptr<const KeyCodec> codec_;
  KeyedStateBackend& backend_;
  StateStore* store_;  // null: heap
  StateId rows_ = 0;
  Tables tables_;
  size_t weighed_groups_ = 0;  // there were, when it was seen ...
  size_t group_bytes_ = 0;     // ... what one takes
  uint64_t next_ordinal_ = 0;
  int64_t shown_until_ = kMinTimestamp;
};

}  // namespace pf
