#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "dataflow/operator/operator_factory.h"
#include "model/type_info.h"

namespace pf {

enum class Aggregate : uint8_t { kSum, kMin, kMax, kMinBy, kMaxBy };

/// As the methods of `KeyedStream` are called.
const char* name_of(Aggregate aggregate);

/// What is aggregated, of a keyed stream of records of one type.
struct RollingAggregateSpec {
  Aggregate aggregate;
  /// A tuple or row whose field is a number, or a number itself.
  TypeInfoPtr record;
  /// None where the record is the number.
  std::optional<size_t> field;
  TypeInfoPtr key;
};

/// Rolling aggregation of a keyed stream of columns, without Python: for each record what has become of its
/// key's value. The sum, minimum and maximum change one field and keep the others of the key's first
/// record; `min_by` and `max_by` give the whole record, the first among equals. Whole numbers overflow as
/// Java's do. In BATCH mode each key's final value comes out at the end of input, in order of first arrival.
/// State: for each key its record, in columns. Lives on the task's thread.
std::shared_ptr<const OperatorFactory> make_rolling_aggregate(RollingAggregateSpec spec);

/// Whether the values of a type can be aggregated: BYTE to DOUBLE.
bool is_number(const TypeInfo& type);

}  // namespace pf
