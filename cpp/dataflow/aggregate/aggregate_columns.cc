#include "dataflow/aggregate/aggregate_columns.h"

#include "model/nested_column.h"

namespace pf {

AggregateColumns::AggregateColumns(const Aggregation& aggregation) : aggregation_(&aggregation) {
  for (const AggregateSpec& aggregate : aggregation.aggregates) {
    columns_.push_back(AggregateColumn::of(aggregation, aggregate));
  }
}

AggregateColumns AggregateColumns::copy(const Aggregation& aggregation) const {
  std::vector<std::unique_ptr<AggregateColumn>> columns;
  for (const auto& column : columns_) columns.push_back(column->copy());
  return {aggregation, std::move(columns)};
}

void AggregateColumns::grow(size_t groups) {
  for (auto& column : columns_) column->grow(groups);
}

void AggregateColumns::add(const GroupedRows& added) {
  for (auto& column : columns_) column->add(added);
}

ColumnPtr AggregateColumns::add_each(const GroupedRows& added) {
  std::vector<ColumnPtr> values;
  for (auto& column : columns_) values.push_back(column->add_each(added));
  return put_together(std::move(values));
}

void AggregateColumns::merge(const AggregateColumns& other, std::span<const uint32_t> from,
                             std::span<const uint32_t> to) {
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->merge(*other.columns_[i], from, to);
}

void AggregateColumns::assign(uint32_t group, const AggregateColumns& other, uint32_t from) {
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->assign(group, *other.columns_[i], from);
}

ColumnPtr AggregateColumns::results(std::span<const uint32_t> groups) const {
  std::vector<ColumnPtr> values;
  for (const auto& column : columns_) values.push_back(column->results(groups));
  return put_together(std::move(values));
}

std::vector<ColumnPtr> AggregateColumns::result_fields(std::span<const uint32_t> groups) const {
  if (aggregation_->shape != ResultShape::kTuple) return {results(groups)};
  std::vector<ColumnPtr> values;
  for (const auto& column : columns_) values.push_back(column->results(groups));
  return values;
}

ColumnPtr AggregateColumns::put_together(std::vector<ColumnPtr> values) const {
  size_t size = values.front()->size();
  switch (aggregation_->shape) {
    case ResultShape::kValue:
      return std::move(values.front());
    case ResultShape::kTuple:
      return std::make_shared<StructColumn>(std::move(values), size, Validity(), aggregation_->result_type());
    case ResultShape::kRecord:
      break;
  }
  const auto& records = static_cast<const StructColumn&>(*values[0]);
  std::vector<ColumnPtr> fields = records.fields();
  fields[aggregation_->aggregates[1].field.value()] = std::move(values[1]);
  return std::make_shared<StructColumn>(std::move(fields), size, records.validity(), aggregation_->record,
                                        records.kinds());
}

void AggregateColumns::write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const {
  for (const auto& column : columns_) column->write(groups, writers);
}

void AggregateColumns::read(uint32_t group, ByteReader& in) {
  for (auto& column : columns_) column->read(group, in);
}

void AggregateColumns::clear() {
  for (auto& column : columns_) column->clear();
}

}  // namespace pf
