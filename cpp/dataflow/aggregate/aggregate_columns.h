#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dataflow/aggregate/aggregate_column.h"

namespace pf {

/// All aggregates of an aggregation, for groups that are numbered. Lives on the task's thread.
class AggregateColumns {
 public:
  /// The aggregation must outlive it.
  explicit AggregateColumns(const Aggregation& aggregation);

  /// Another one with the same groups, of an equal aggregation.
  AggregateColumns copy(const Aggregation& aggregation) const;

  const Aggregation& aggregation() const { return *aggregation_; }
  void grow(size_t groups);
  void add(const GroupedRows& added);
  /// Also gives for each row its group's result by then.
  ColumnPtr add_each(const GroupedRows& added);
  void merge(const AggregateColumns& other, std::span<const uint32_t> from, std::span<const uint32_t> to);
  void assign(uint32_t group, const AggregateColumns& other, uint32_t from);
  /// Of the aggregation's result type.
  ColumnPtr results(std::span<const uint32_t> groups) const;
  /// The results before they are put together: one column for each value.
  std::vector<ColumnPtr> result_fields(std::span<const uint32_t> groups) const;
  void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const;
  void read(uint32_t group, ByteReader& in);
  void clear();

 private:
  AggregateColumns(const Aggregation& aggregation, std::vector<std::unique_ptr<AggregateColumn>> columns)
      : aggregation_(&aggregation), columns_(std::move(columns)) {}
  ColumnPtr put_together(std::vector<ColumnPtr> values) const;

  const Aggregation* aggregation_;
  std::vector<std::unique_ptr<AggregateColumn>> columns_;
};

}  // namespace pf
