#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/column.h"

namespace pf {

/// Tuples and rows: one child column for each field. A TUPLE of its fields' types unless a type is
/// given; an INSTANT is one of (seconds, nanoseconds), both LONG.
class StructColumn final : public Column {
 public:
  /// `kinds` is null when every row is an insert, else the value of each row's `RowKind`. Fields hold
  /// something, it doesn't matter what, where `validity` says that there is no row.
  StructColumn(std::vector<ColumnPtr> fields, size_t size, Validity validity = {}, TypeInfoPtr type = nullptr,
               std::shared_ptr<const FixedColumn<int8_t>> kinds = nullptr)
      : Column(std::move(type)),
        fields_(std::move(fields)),
        size_(size),
        validity_(std::move(validity)),
        kinds_(std::move(kinds)) {}

  TypeInfoPtr type() const override;
  const std::vector<ColumnPtr>& fields() const { return fields_; }
  const Validity& validity() const { return validity_; }
  const std::shared_ptr<const FixedColumn<int8_t>>& kinds() const { return kinds_; }

  size_t size() const override { return size_; }
  ColumnPtr select(std::span<const uint32_t> rows) const override;
  void hash_codes(std::span<int32_t> out) const override;
  size_t bytes() const override;

 private:
  std::vector<ColumnPtr> fields_;
  size_t size_;
  Validity validity_;
  std::shared_ptr<const FixedColumn<int8_t>> kinds_;
};

/// Lists, arrays and maps: row i holds items [offsets[i], offsets[i + 1]) of one child column. Those
/// of a map are tuples of key and value, in the order of insertion. A LIST unless a type is given.
class ListColumn final : public Column {
 public:
  /// `offsets` has one entry more than there are rows.
  ListColumn(Buffer<int32_t> offsets, ColumnPtr items, Validity validity = {}, TypeInfoPtr type = nullptr)
      : Column(std::move(type)),
        offsets_(std::move(offsets)),
        items_(std::move(items)),
        validity_(std::move(validity)) {}

  TypeInfoPtr type() const override;
  const Buffer<int32_t>& offsets() const { return offsets_; }
  const ColumnPtr& items() const { return items_; }
  const Validity& validity() const { return validity_; }

  size_t size() const override { return offsets_.size() - 1; }
  ColumnPtr select(std::span<const uint32_t> rows) const override;
  void hash_codes(std::span<int32_t> out) const override;
  size_t bytes() const override { return offsets_.size() * 4 + items_->bytes(); }

 private:
  Buffer<int32_t> offsets_;
  ColumnPtr items_;
  Validity validity_;
};

}  // namespace pf
