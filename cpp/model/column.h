#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/buffer.h"
#include "model/type_info.h"

namespace pf {

class Column;
/// Columns are shared between the batches of several receivers, hence never change once built.
using ColumnPtr = std::shared_ptr<const Column>;

/// A value that each of several readers would have to have for itself, and that can't be copied.
class NotCopyable : public Error {
 public:
  using Error::Error;
};

/// Which values of a column have to be copied before somebody else reads it.
enum class Detach : uint8_t {
  kAll,   // all that can change, as this column keeps its readers
  kKept,  // those that somebody besides this column refers to, as its readers go
};

/// One value for each row of a batch. Either laid out as Arrow lays it out, or opaque: values that
/// the engine carries without looking inside (Python objects; only `bindings/` knows more).
class Column {
 public:
  /// `type` may be null where the layout alone says what the values mean.
  explicit Column(TypeInfoPtr type = nullptr) : type_(std::move(type)) {}
  virtual ~Column() = default;
  /// What the values mean; the same layout serves LONG and TIMESTAMP, a tuple and a row. Null when opaque.
  virtual TypeInfoPtr type() const { return type_; }
  virtual size_t size() const = 0;
  /// The given rows, in the given order; a row may come more than once.
  virtual ColumnPtr select(std::span<const uint32_t> rows) const = 0;
  /// Java's `hashCode` of each value, so that a key reaches the subtask that Flink would choose.
  virtual void hash_codes(std::span<int32_t> out) const = 0;
  /// Memory held, in bytes; an estimate where values are opaque.
  virtual size_t bytes() const = 0;
  virtual bool opaque() const { return false; }
  /// The same values for a reader who may change them without anybody else's noticing; null when this column
  /// serves, as it does where values can't change. Throws NotCopyable.
  virtual ColumnPtr detached(Detach /*which*/) const { return nullptr; }

 protected:
  const TypeInfoPtr& given_type() const { return type_; }

 private:
  TypeInfoPtr type_;
};

/// Which rows hold a value; empty when all do. One bit a row, least significant first.
class Validity {
 public:
  Validity() = default;
  explicit Validity(std::vector<uint8_t> bits) : bits_(std::move(bits)) {}

  bool all_valid() const { return bits_.empty(); }
  bool operator[](size_t row) const { return bits_.empty() || ((bits_[row >> 3] >> (row & 7)) & 1) != 0; }
  const std::vector<uint8_t>& bits() const { return bits_; }
  Validity select(std::span<const uint32_t> rows) const;

  /// From one flag a row; stays empty when every flag is true.
  static Validity from_flags(const std::vector<bool>& flags);

 private:
  std::vector<uint8_t> bits_;
};

/// Fixed-width values: `int8_t` to `int64_t`, `float`, `double`; booleans as one byte each.
/// By its width a column is BYTE to LONG, FLOAT or DOUBLE, unless a type is given.
template <typename T>
class FixedColumn final : public Column {
 public:
  explicit FixedColumn(Buffer<T> values, Validity validity = {}, TypeInfoPtr type = nullptr)
      : Column(std::move(type)), values_(std::move(values)), validity_(std::move(validity)) {}

  TypeInfoPtr type() const override;

  const Buffer<T>& values() const { return values_; }
  const Validity& validity() const { return validity_; }

  size_t size() const override { return values_.size(); }
  ColumnPtr select(std::span<const uint32_t> rows) const override;
  void hash_codes(std::span<int32_t> out) const override;
  size_t bytes() const override { return values_.size() * sizeof(T) + validity_.bits().size(); }

 private:
  Buffer<T> values_;
  Validity validity_;
};

/// UTF-8 text, or bytes: row i is data[offsets[i], offsets[i + 1]), and the first need not begin at 0. STRING
/// unless a type is given.
class StringColumn final : public Column {
 public:
  /// `offsets` has one entry more than there are rows.
  StringColumn(Buffer<int32_t> offsets, Buffer<char, std::string> data, Validity validity = {},
               TypeInfoPtr type = nullptr)
      : Column(std::move(type)),
        offsets_(std::move(offsets)),
        data_(std::move(data)),
        validity_(std::move(validity)) {}

  TypeInfoPtr type() const override;
  std::string_view value(size_t row) const {
    return {data_.data() + offsets_[row], static_cast<size_t>(offsets_[row + 1] - offsets_[row])};
  }
  const Buffer<int32_t>& offsets() const { return offsets_; }
  const Buffer<char, std::string>& data() const { return data_; }
  const Validity& validity() const { return validity_; }

  size_t size() const override { return offsets_.size() - 1; }
  ColumnPtr select(std::span<const uint32_t> rows) const override;
  void hash_codes(std::span<int32_t> out) const override;
  size_t bytes() const override { return offsets_.size() * 4 + text_bytes(); }
  /// Of all rows, one behind the other.
  std::string_view text() const { return {data_.data() + offsets_[0], text_bytes()}; }
  size_t text_bytes() const { return static_cast<size_t>(offsets_[size()] - offsets_[0]); }

 private:
  Buffer<int32_t> offsets_;
  Buffer<char, std::string> data_;
  Validity validity_;
};

/// Appends text row by row and hands it over as a column.
class StringColumnBuilder {
 public:
  void reserve(size_t rows, size_t bytes) {
    offsets_.reserve(rows + 1);
    data_.reserve(bytes);
  }
  void append(std::string_view value) {
    data_.append(value);
    offsets_.push_back(static_cast<int32_t>(data_.size()));
  }
  size_t size() const { return offsets_.size() - 1; }
  /// Bytes appended so far; a column's offsets are 32 bits wide, so callers cut before 2 GiB.
  size_t bytes() const { return data_.size(); }
  /// The rows so far; the builder is empty again afterwards.
  ColumnPtr finish();

 private:
  std::vector<int32_t> offsets_{0};
  std::string data_;
};

}  // namespace pf
