#pragma once

#include <string>

#include "dataflow/aggregate/aggregation.h"
#include "model/nested_column.h"

namespace pf {

/// The field that an aggregate looks at. Throws AggregateError where a record that should have it is None.
template <typename T>
const FixedColumn<T>& field_column(const AggregateSpec& aggregate, const Column& records) {
  const Column* field = &records;
  if (aggregate.field) {
    const auto& fields = dynamic_cast<const StructColumn&>(records);
    for (uint32_t row = 0; !fields.validity().all_valid() && row < fields.size(); ++row) {
      if (!fields.validity()[row]) throw AggregateError("a record is None", row);
    }
    field = fields.fields().at(*aggregate.field).get();
  }
  return dynamic_cast<const FixedColumn<T>&>(*field);
}

/// Throws AggregateError.
[[noreturn]] inline void refuse(const AggregateSpec& aggregate, const std::string& problem,
                                std::optional<uint32_t> row, bool is_overflow = false) {
  throw AggregateError(std::string(name_of(aggregate.kind)) + " of " +
                           (aggregate.field ? "field " + std::to_string(*aggregate.field) : "the record") +
                           ": " + problem,
                       row, is_overflow);
}
[[noreturn]] inline void refuse_none(const AggregateSpec& aggregate,
                                     std::optional<uint32_t> row = std::nullopt) {
  refuse(aggregate, "there is a None among its values", row);
}

/// Calls `make` with a value of the C++ type of the numbers of a type.
template <typename Make>
auto for_number_type(const TypeInfo& type, Make make) {
  switch (type.kind()) {
    case TypeKind::kByte:
      return make(int8_t{});
    case TypeKind::kShort:
      return make(int16_t{});
    case TypeKind::kInt:
      return make(int32_t{});
    case TypeKind::kFloat:
      return make(float{});
    case TypeKind::kDouble:
      return make(double{});
    default:
      return make(int64_t{});
  }
}

}  // namespace pf
