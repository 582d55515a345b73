#include "dataflow/aggregate/aggregate_table.h"

#include <algorithm>

namespace pf {

void AggregateTable::find(const HashedKeys& keys, std::span<const uint32_t> rows,
                          std::span<uint32_t> groups) {
  keys_.number(keys.keys, keys.hashes, rows, groups);
  aggregates_.grow(keys_.size());
}

AggregateTable AggregateTable::copy(const Aggregation& aggregation) const {
  return {keys_.copy(), aggregates_.copy(aggregation), shown_until_};
}

void AggregateTable::add(const GroupedRows& added) {
  aggregates_.add(added);
  note_change(added.groups);
}

ColumnPtr AggregateTable::add_each(const GroupedRows& added) {
  note_change(added.groups);
  return aggregates_.add_each(added);
}

void AggregateTable::note_change(std::span<const uint32_t> groups) {
  if (shown_until_.empty()) return;
  for (uint32_t group : groups) {
    if (group < shown_until_.size()) shown_until_[group] = kMinTimestamp;
  }
}

void AggregateTable::merge(const AggregateTable& other, std::span<const uint32_t> from,
                           std::span<uint32_t> to) {
  const size_t before = size();
  ColumnPtr keys = other.keys(from);
  find({*keys, hashes_of(*keys)}, all_below(from.size()), to);
  aggregates_.merge(other.aggregates_, from, to);
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t shown = other.shown_until(from[i]);
    set_shown_until(to[i], to[i] < before ? std::min(shown_until(to[i]), shown) : shown);
  }
}

void AggregateTable::merge(const AggregateTable& other) {
  std::vector<uint32_t> to(other.size());
  merge(other, all_below(other.size()), to);
}

void AggregateTable::set_shown_until(uint32_t group, int64_t time) {
  if (group >= shown_until_.size()) {
    if (time == kMinTimestamp) return;
    shown_until_.resize(group + 1, kMinTimestamp);
  }
  shown_until_[group] = time;
}

void AggregateTable::write(uint32_t group, ByteWriter& out) const {
  ByteWriter* only = &out;
  out.put_ordered64(shown_until(group));
  aggregates_.write({&group, 1}, {&only, 1});
}

void AggregateTable::write(std::span<const uint32_t> groups, std::vector<std::string>& rows) const {
  rows.resize(groups.size());
  std::vector<ByteWriter> outs(rows.begin(), rows.end());
  std::vector<ByteWriter*> writers;
  for (size_t i = 0; i < groups.size(); ++i) {
    rows[i].clear();
    outs[i].put_ordered64(shown_until(groups[i]));
    writers.push_back(&outs[i]);
  }
  aggregates_.write(groups, writers);
}

void AggregateTable::read(uint32_t group, ByteReader& in) {
  set_shown_until(group, in.get_ordered64());
  aggregates_.read(group, in);
}

void AggregateTable::clear() {
  keys_.clear();
  aggregates_.clear();
  shown_until_.clear();
}

}  // namespace pf
