#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/nested_column.h"
#include "model/stream_element.h"

namespace pf::testing {

/// Batches from plain values, and plain values from batches; a wrong type throws `std::bad_cast`.
inline Batch longs(std::vector<int64_t> values) {
  Batch batch;
  batch.values = std::make_shared<FixedColumn<int64_t>>(std::move(values));
  return batch;
}

inline ColumnPtr string_column(const std::vector<std::string>& values) {
  StringColumnBuilder builder;
  for (const auto& value : values) builder.append(value);
  return builder.finish();
}

inline Batch strings(const std::vector<std::string>& values) {
  Batch batch;
  batch.values = string_column(values);
  return batch;
}

/// Texts keyed by themselves.
inline Batch keyed_strings(const std::vector<std::string>& values) {
  Batch batch = strings(values);
  batch.keys = batch.values;
  return batch;
}

inline std::vector<int64_t> longs_of(const Column& column) {
  const auto& values = dynamic_cast<const FixedColumn<int64_t>&>(column).values();
  return {values.begin(), values.end()};
}
inline std::vector<int64_t> longs_of(const Batch& batch) { return longs_of(*batch.values); }

inline std::vector<std::string> strings_of(const Column& column) {
  const auto& texts = dynamic_cast<const StringColumn&>(column);
  std::vector<std::string> values;
  for (size_t row = 0; row < texts.size(); ++row) values.emplace_back(texts.value(row));
  return values;
}
inline std::vector<std::string> strings_of(const Batch& batch) { return strings_of(*batch.values); }

using Count = std::pair<std::string, int64_t>;
/// Of TUPLE[STRING, LONG].
inline std::vector<Count> counts_of(const Batch& batch) {
  const auto& fields = dynamic_cast<const StructColumn&>(*batch.values).fields();
  auto keys = strings_of(*fields.at(0));
  std::vector<Count> counts;
  for (size_t row = 0; row < keys.size(); ++row) {
    counts.emplace_back(keys[row], longs_of(*fields.at(1))[row]);
  }
  return counts;
}

inline std::vector<int32_t> hashes_of(const Column& column) {
  std::vector<int32_t> codes(column.size());
  column.hash_codes(codes);
  return codes;
}

}  // namespace pf::testing
