#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/aggregate/aggregate_columns.h"
#include "dataflow/aggregate/key_table.h"
#include "model/stream_element.h"

namespace pf {

/// The keys of a batch, with their hash codes.
struct HashedKeys {
  const Column& keys;
  std::span<const int32_t> hashes;
};

/// Aggregates by key. Groups are numbered in the order in which their keys came. Lives on the task's thread.
class AggregateTable {
 public:
  /// The aggregation must outlive it.
  explicit AggregateTable(const Aggregation& aggregation)
      : keys_(aggregation.key), aggregates_(aggregation) {}

  /// With the same groups, of an equal aggregation.
  AggregateTable copy(const Aggregation& aggregation) const;

  size_t size() const { return keys_.size(); }
  /// The group of each row's key; new keys get new and empty groups.
  void find(const HashedKeys& keys, std::span<const uint32_t> rows, std::span<uint32_t> groups);
  std::optional<uint32_t> find_existing(const HashedKeys& keys, uint32_t row) const {
    return keys_.find(keys.keys, keys.hashes, row);
  }
  void add(const GroupedRows& added);
  ColumnPtr add_each(const GroupedRows& added);
  /// Adds the groups of another table to those of the same keys; `to` is told which they are.
  void merge(const AggregateTable& other, std::span<const uint32_t> from, std::span<uint32_t> to);
  /// All of them.
  void merge(const AggregateTable& other);

  ColumnPtr keys(std::span<const uint32_t> groups) const { return keys_.keys().gather(groups); }
  AggregateColumns& aggregates() { return aggregates_; }
  const AggregateColumns& aggregates() const { return aggregates_; }
  void write(uint32_t group, ByteWriter& out) const;
  /// The bytes of each group, where those of other groups may have been.
  void write(std::span<const uint32_t> groups, std::vector<std::string>& rows) const;
  /// Makes an empty group what `write` wrote.
  void read(uint32_t group, ByteReader& in);
  void clear();

  /// The end of the last window that has been shown with what the group was when it was restored;
  /// kMinTimestamp for a group that has changed since, or came later.
  int64_t shown_until(uint32_t group) const {
    return group < shown_until_.size() ? shown_until_[group] : kMinTimestamp;
  }
  void set_shown_until(uint32_t group, int64_t time);

 private:
  AggregateTable(KeyTable keys, AggregateColumns aggregates, std::vector<int64_t> shown_until)
      : keys_(std::move(keys)), aggregates_(std::move(aggregates)), shown_until_(std::move(shown_until)) {}
  void note_change(std::span<const uint32_t> groups);

  KeyTable keys_;
  AggregateColumns aggregates_;
  std::vector<int64_t> shown_until_;  // of the first groups
};

}  // namespace pf
