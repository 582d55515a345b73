#pragma once

#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/arrow_decimal.h"
#include "model/arrow_import.h"

namespace pf {

inline constexpr size_t kMaxTextBytes = std::numeric_limits<int32_t>::max();

[[noreturn]] inline void refuse_text_size() {
  throw Error("a batch holds more than 2 GiB of text; set execution.batch-size");
}

/// Text and bytes with offsets of 32 bits.
class TextReader final : public ArrowReader {
 public:
  explicit TextReader(TypeKind kind) : ArrowReader(TypeInfo::of(kind)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    static constexpr int32_t kNoText[1] = {0};
    const auto* offsets = buffer_of<int32_t>(slice.array, 1);
    // An empty array may have no offsets at all.
    offsets = offsets && slice.rows > 0 ? offsets + slice.begin : kNoText;
    const auto rows = static_cast<size_t>(slice.rows);
    const auto* data = buffer_of<char>(slice.array, 2);
    const auto size = data ? static_cast<size_t>(offsets[rows]) : 0;
    return std::make_shared<StringColumn>(
        Buffer<int32_t>(std::span<const int32_t>(offsets, rows + 1), slice.owner),
        Buffer<char, std::string>(std::span<const char>(data, size), slice.owner), validity_of(slice),
        type());
  }
};

/// Text that has to be put together: `append(array, row, data)` for each row that is not missing.
class BuiltTextReader final : public ArrowReader {
 public:
  using Append = std::function<void(const ArrowArray&, int64_t, std::string&)>;

  BuiltTextReader(TypeKind kind, Append append)
      : ArrowReader(TypeInfo::of(kind)), append_(std::move(append)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    Validity validity = validity_of(slice);
    std::vector<int32_t> offsets(static_cast<size_t>(slice.rows) + 1);
    std::string data;
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      if (validity[i]) append_(slice.array, slice.begin + static_cast<int64_t>(i), data);
      if (data.size() > kMaxTextBytes) refuse_text_size();
      offsets[i + 1] = static_cast<int32_t>(data.size());
    }
    return std::make_shared<StringColumn>(std::move(offsets), std::move(data), std::move(validity), type());
  }

  Append append_;
};

inline void append_large(const ArrowArray& array, int64_t row, std::string& data) {
  const auto* offsets = buffer_of<int64_t>(array, 1) + row;
  data.append(buffer_of<char>(array, 2) + offsets[0], static_cast<size_t>(offsets[1] - offsets[0]));
}

/// A view is 16 bytes: the length, then up to 12 bytes of text, or its first 4, and which buffer has it
/// where.
inline void append_view(const ArrowArray& array, int64_t row, std::string& data) {
  const char* view = buffer_of<char>(array, 1) + 16 * row;
  int32_t parts[4];
  std::memcpy(parts, view, sizeof parts);
  const char* text = parts[0] <= 12 ? view + 4 : buffer_of<char>(array, 2 + parts[2]) + parts[3];
  data.append(text, static_cast<size_t>(parts[0]));
}

template <typename T>
BuiltTextReader::Append append_decimal(int scale) {
  return [scale](const ArrowArray& array, int64_t row, std::string& data) {
    T value;
    std::memcpy(&value, buffer_of<char>(array, 1) + static_cast<int64_t>(sizeof(T)) * row, sizeof(T));
    data.append(decimal_text(value, scale));
  };
}

/// No type: nothing but missing values.
class NullReader final : public ArrowReader {
 public:
  NullReader() : ArrowReader(TypeInfo::of(TypeKind::kString)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    const auto rows = static_cast<size_t>(slice.rows);
    return std::make_shared<StringColumn>(std::vector<int32_t>(rows + 1), std::string(),
                                          Validity::from_flags(std::vector<bool>(rows)), type());
  }
};

/// Text by its index in a dictionary, which a batch brings along.
class DictionaryReader final : public ArrowReader {
 public:
  DictionaryReader(ReaderPtr indexes, ReaderPtr texts)
      : ArrowReader(texts->type()), indexes_(std::move(indexes)), texts_(std::move(texts)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    const ArrowArray& dictionary = *slice.array.dictionary;
    ColumnPtr read_texts = read_child(*texts_, dictionary, 0, dictionary.length, slice.owner);
    const auto& texts = dynamic_cast<const StringColumn&>(*read_texts);
    ColumnPtr indexes =
        read_child(*indexes_, slice.array, slice.begin - slice.array.offset, slice.rows, slice.owner);
    const Validity there = validity_of(slice);
    std::vector<bool> valid(static_cast<size_t>(slice.rows));
    std::vector<int32_t> offsets(valid.size() + 1);
    std::string data;
    for (size_t i = 0; i < valid.size(); ++i) {
      if (there[i]) {
        const size_t index = index_at(*indexes, i);
        valid[i] = texts.validity()[index];
        if (valid[i]) data.append(texts.value(index));
      }
      if (data.size() > kMaxTextBytes) refuse_text_size();
      offsets[i + 1] = static_cast<int32_t>(data.size());
    }
    return std::make_shared<StringColumn>(std::move(offsets), std::move(data), Validity::from_flags(valid),
                                          type());
  }

  template <typename T>
  static bool index_in(const Column& indexes, size_t row, size_t& index) {
    const auto* column = dynamic_cast<const FixedColumn<T>*>(&indexes);
    if (column) index = static_cast<size_t>(column->values()[row]);
    return column != nullptr;
  }
  static size_t index_at(const Column& indexes, size_t row) {
    size_t index = 0;
    const bool known = index_in<int32_t>(indexes, row, index) || index_in<int8_t>(indexes, row, index) ||
                       index_in<int16_t>(indexes, row, index) || index_in<int64_t>(indexes, row, index);
    PF_CHECK(known);
    return index;
  }

  ReaderPtr indexes_;
  ReaderPtr texts_;
};

}  // namespace pf
