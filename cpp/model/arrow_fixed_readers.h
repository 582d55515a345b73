#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/arrow_import.h"
#include "model/nested_column.h"

namespace pf {

/// Values that are laid out as in our columns.
template <typename T>
class FixedReader final : public ArrowReader {
 public:
  explicit FixedReader(TypeKind kind) : ArrowReader(TypeInfo::of(kind)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    const T* values = buffer_of<T>(slice.array, 1) + slice.begin;
    return std::make_shared<FixedColumn<T>>(
        Buffer<T>(std::span<const T>(values, static_cast<size_t>(slice.rows)), slice.owner),
        validity_of(slice), type());
  }
};

/// Values that become others, one by one: `convert(buffer, row)`, which isn't asked for missing ones.
template <typename To, typename Convert>
class ConvertingReader final : public ArrowReader {
 public:
  ConvertingReader(TypeKind kind, Convert convert)
      : ArrowReader(TypeInfo::of(kind)), convert_(std::move(convert)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    Validity validity = validity_of(slice);
    std::vector<To> values(static_cast<size_t>(slice.rows));
    for (size_t i = 0; i < values.size(); ++i) {
      if (validity[i]) values[i] = convert_(slice.array.buffers[1], slice.begin + static_cast<int64_t>(i));
    }
    return std::make_shared<FixedColumn<To>>(std::move(values), std::move(validity), type());
  }

  Convert convert_;
};

template <typename To, typename Convert>
ReaderPtr converting(TypeKind kind, Convert convert) {
  return std::make_unique<ConvertingReader<To, Convert>>(kind, std::move(convert));
}

template <typename From, typename To>
ReaderPtr widening(TypeKind kind) {
  return converting<To>(kind, [](const void* buffer, int64_t row) {
    const From value = static_cast<const From*>(buffer)[row];
    if constexpr (std::is_same_v<From, uint64_t>) {
      if (value > static_cast<uint64_t>(std::numeric_limits<To>::max())) {
        throw Error(std::to_string(value) + " does not fit LONG");
      }
    }
    return static_cast<To>(value);
  });
}

/// Counts of a unit into counts of another. Throws where that would lose something.
template <typename From, typename To>
ReaderPtr rescaling(TypeKind kind, int64_t factor, int64_t divisor) {
  return converting<To>(kind, [kind, factor, divisor](const void* buffer, int64_t row) {
    const From value = static_cast<const From*>(buffer)[row];
    int64_t scaled = 0;
    if (value % divisor != 0 || __builtin_mul_overflow(value / divisor, factor, &scaled)) {
      throw Error("the count " + std::to_string(value) + " of an Arrow time unit does not fit " +
                  std::string(name_of(kind)));
    }
    return static_cast<To>(scaled);
  });
}

/// Seconds and nanoseconds from counts of a unit, of which a second has `per_second`.
class InstantReader final : public ArrowReader {
 public:
  explicit InstantReader(int64_t per_second)
      : ArrowReader(TypeInfo::of(TypeKind::kInstant)), per_second_(per_second) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    const auto* counts = buffer_of<int64_t>(slice.array, 1) + slice.begin;
    std::vector<int64_t> seconds(static_cast<size_t>(slice.rows));
    std::vector<int64_t> nanos(seconds.size());
    for (size_t i = 0; i < seconds.size(); ++i) {
      const int64_t rest = (counts[i] % per_second_ + per_second_) % per_second_;
      nanos[i] = rest * (1'000'000'000 / per_second_);
      seconds[i] = counts[i] / per_second_ - (counts[i] % per_second_ < 0 ? 1 : 0);
    }
    std::vector<ColumnPtr> fields;
    fields.push_back(std::make_shared<FixedColumn<int64_t>>(std::move(seconds)));
    fields.push_back(std::make_shared<FixedColumn<int64_t>>(std::move(nanos)));
    return std::make_shared<StructColumn>(std::move(fields), static_cast<size_t>(slice.rows),
                                          validity_of(slice), type());
  }

  int64_t per_second_;
};

}  // namespace pf
