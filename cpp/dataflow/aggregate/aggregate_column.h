#pragma once

#include <memory>
#include <span>

#include "dataflow/aggregate/aggregation.h"
#include "model/column.h"
#include "serde/bytes.h"

namespace pf {

/// Rows of a batch, each with the group that it belongs to.
struct GroupedRows {
  const Column& records;
  std::span<const uint32_t> rows;
  std::span<const uint32_t> groups;
  /// Of the batch's first row, counted over all that the operator has ever seen: tells which came first.
  uint64_t first_ordinal = 0;
};

/// One aggregate of many groups, as plain arrays: group i is the i-th entry. Groups begin empty; only those
/// that have had a row are asked for results. Lives on the task's thread.
class AggregateColumn {
 public:
  virtual ~AggregateColumn() = default;
  /// Makes room for so many groups.
  virtual void grow(size_t groups) = 0;
  /// Adds the rows, in order. Throws AggregateError for a value that can't be.
  virtual void add(const GroupedRows& added) = 0;
  /// As `add`, and gives for each row what its group has become by then.
  virtual ColumnPtr add_each(const GroupedRows& added) = 0;
  /// Adds to each group to[i] what the group from[i] of another column of the kind has had.
  virtual void merge(const AggregateColumn& other, std::span<const uint32_t> from,
                     std::span<const uint32_t> to) = 0;
  virtual std::unique_ptr<AggregateColumn> copy() const = 0;
  /// Makes a group what a group of another column of the kind is.
  virtual void assign(uint32_t group, const AggregateColumn& other, uint32_t from) = 0;
  virtual ColumnPtr results(std::span<const uint32_t> groups) const = 0;
  /// Each group to its writer.
  virtual void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const = 0;
  /// Makes an empty group what `write` wrote.
  virtual void read(uint32_t group, ByteReader& in) = 0;
  /// Forgets all groups.
  virtual void clear() = 0;

  static std::unique_ptr<AggregateColumn> of(const Aggregation& aggregation, const AggregateSpec& aggregate);
};

std::unique_ptr<AggregateColumn> make_count();
/// Sum, min, max and avg.
std::unique_ptr<AggregateColumn> make_number_aggregate(const Aggregation& aggregation,
                                                       const AggregateSpec& aggregate);
/// First, min_by and max_by.
std::unique_ptr<AggregateColumn> make_record_choice(const Aggregation& aggregation,
                                                    const AggregateSpec& aggregate);

}  // namespace pf
