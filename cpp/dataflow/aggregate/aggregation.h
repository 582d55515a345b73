#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/type_info.h"

namespace pf {

enum class AggregateKind : uint8_t { kCount, kSum, kMin, kMax, kAvg, kFirst, kMinBy, kMaxBy };

/// As users call it: "min_by".
const char* name_of(AggregateKind kind);
/// Throws Error naming the text when it is no aggregate.
AggregateKind aggregate_kind_of(std::string_view name);

/// One aggregate over the records of a group.
struct AggregateSpec {
  AggregateKind kind;
  /// Of a tuple or row; none where the record itself is the number. Count and first look at none.
  std::optional<size_t> field;
};

/// What a group's results look like.
enum class ResultShape : uint8_t {
  kValue,   // the only aggregate's value
  kTuple,   // a tuple of all values
  kRecord,  // the first aggregate's record, with the second's value in the second's field
};

/// What is computed for each key of a stream of columns. Immutable.
struct Aggregation {
  TypeInfoPtr key;
  TypeInfoPtr record;
  std::vector<AggregateSpec> aggregates;
  ResultShape shape;

  /// Throws Error where a field that is summed or compared is no number.
  void check() const;
  TypeInfoPtr type_of(const AggregateSpec& aggregate) const;
  TypeInfoPtr result_type() const;
  /// Of the records; the record's own where there is no field.
  TypeInfoPtr field_type(const AggregateSpec& aggregate) const;
  /// Describes what is remembered for a key: state of another aggregation can't be gone on with.
  std::string schema() const;
  /// Whether groups of a part of the records each can be merged into what all records would have given, to
  /// the last bit. Not so for floating point, which depends on the order of additions.
  bool merges_exactly() const;
};

/// As `KeyedStream.sum` and its kin: sum, min and max change one field of the first record.
Aggregation record_aggregation(AggregateKind kind, std::optional<size_t> field, TypeInfoPtr record,
                               TypeInfoPtr key);

/// Whether the values of a type can be aggregated: BYTE to DOUBLE.
bool is_number(const TypeInfo& type);

/// A value that can't be aggregated. The operator adds where.
class AggregateError : public Error {
 public:
  explicit AggregateError(const std::string& problem, std::optional<uint32_t> row = std::nullopt,
                          bool is_overflow = false)
      : Error(problem), row_(row), is_overflow_(is_overflow) {}
  /// Of the records that were added; none where groups were merged.
  const std::optional<uint32_t>& row() const { return row_; }
  bool is_overflow() const { return is_overflow_; }

 private:
  std::optional<uint32_t> row_;
  bool is_overflow_;
};

}  // namespace pf
