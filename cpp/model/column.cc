#include "model/column.h"

#include <bit>
#include <limits>
#include <type_traits>

namespace pf {
namespace {

/// Of numbers `Long.hashCode` and `Double.hashCode` whatever their width: a key's hash depends on its value
/// only, as Python's numbers have no width.
template <typename T>
int32_t java_hash(T value) {
  uint64_t bits;
  if constexpr (std::is_floating_point_v<T>) {
    double number = value;
    if (number != number) number = std::numeric_limits<double>::quiet_NaN();  // Java knows one NaN only
    bits = std::bit_cast<uint64_t>(number);
  } else {
    bits = static_cast<uint64_t>(static_cast<int64_t>(value));
  }
  return static_cast<int32_t>(bits ^ (bits >> 32));
}

/// `String.hashCode` runs over UTF-16 code units; this decodes valid UTF-8 on the way.
int32_t java_string_hash(std::string_view text) {
  uint32_t hash = 0;
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<uint8_t>(text[i]);
    if (lead < 0x80) {
      hash = hash * 31 + lead;
      ++i;
      continue;
    }
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    uint32_t point = lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6) | (static_cast<uint8_t>(text[i + k]) & 0x3F);
    }
    if (point >= 0x10000) {
      point -= 0x10000;
      hash = hash * 31 + (0xD800 + (point >> 10));
      hash = hash * 31 + (0xDC00 + (point & 0x3FF));
    } else {
      hash = hash * 31 + point;
    }
    i += length;
  }
  return static_cast<int32_t>(hash);
}

/// `Arrays.hashCode(byte[])`.
int32_t java_array_hash(std::string_view bytes) {
  uint32_t hash = 1;
  for (char byte : bytes) hash = hash * 31 + static_cast<uint32_t>(static_cast<int8_t>(byte));
  return static_cast<int32_t>(hash);
}

template <typename T>
constexpr TypeKind kind_by_width() {
  if constexpr (std::is_same_v<T, float>) return TypeKind::kFloat;
  if constexpr (std::is_same_v<T, double>) return TypeKind::kDouble;
  if constexpr (std::is_same_v<T, int8_t>) return TypeKind::kByte;
  if constexpr (std::is_same_v<T, int16_t>) return TypeKind::kShort;
  if constexpr (std::is_same_v<T, int32_t>) return TypeKind::kInt;
  return TypeKind::kLong;
}

}  // namespace

Validity Validity::select(std::span<const uint32_t> rows) const {
  if (bits_.empty()) return {};
  std::vector<bool> flags(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) flags[i] = (*this)[rows[i]];
  return from_flags(flags);
}

Validity Validity::from_flags(const std::vector<bool>& flags) {
  std::vector<uint8_t> bits((flags.size() + 7) / 8);
  bool all = true;
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) {
      bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] | (1U << (i & 7)));
    } else {
      all = false;
    }
  }
  return all ? Validity() : Validity(std::move(bits));
}

template <typename T>
ColumnPtr FixedColumn<T>::select(std::span<const uint32_t> rows) const {
  std::vector<T> values(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) values[i] = values_[rows[i]];
  return std::make_shared<FixedColumn<T>>(std::move(values), validity_.select(rows), given_type());
}

template <typename T>
TypeInfoPtr FixedColumn<T>::type() const {
  return given_type() ? given_type() : TypeInfo::of(kind_by_width<T>());
}

template <typename T>
void FixedColumn<T>::hash_codes(std::span<int32_t> out) const {
  const bool boolean = given_type() && given_type()->kind() == TypeKind::kBoolean;
  for (size_t i = 0; i < values_.size(); ++i) {
    int32_t code = boolean ? (values_[i] != T{} ? 1231 : 1237) : java_hash(values_[i]);
    out[i] = validity_[i] ? code : 0;
  }
}

template class FixedColumn<int8_t>;
template class FixedColumn<int16_t>;
template class FixedColumn<int32_t>;
template class FixedColumn<int64_t>;
template class FixedColumn<float>;
template class FixedColumn<double>;

ColumnPtr StringColumn::select(std::span<const uint32_t> rows) const {
  size_t bytes = 0;
  for (uint32_t row : rows) bytes += value(row).size();
  std::vector<int32_t> offsets(rows.size() + 1);
  std::string data;
  data.reserve(bytes);
  for (size_t i = 0; i < rows.size(); ++i) {
    data.append(value(rows[i]));
    offsets[i + 1] = static_cast<int32_t>(data.size());
  }
  return std::make_shared<StringColumn>(std::move(offsets), std::move(data), validity_.select(rows),
                                        given_type());
}

TypeInfoPtr StringColumn::type() const {
  return given_type() ? given_type() : TypeInfo::of(TypeKind::kString);
}

void StringColumn::hash_codes(std::span<int32_t> out) const {
  const bool text = !given_type() || given_type()->kind() != TypeKind::kBytes;
  for (size_t i = 0; i < size(); ++i) {
    if (!validity_[i]) {
      out[i] = 0;
    } else {
      out[i] = text ? java_string_hash(value(i)) : java_array_hash(value(i));
    }
  }
}

ColumnPtr StringColumnBuilder::finish() {
  auto column = std::make_shared<StringColumn>(std::move(offsets_), std::move(data_));
  offsets_ = {0};
  data_.clear();
  return column;
}

}  // namespace pf
