#pragma once

#include <memory>
#include <span>

#include "model/column.h"

namespace pf {

/// A column that grows at its end: how native operators remember a value for each key. Values go in from
/// batches and come out as columns of the same type. Never shared between threads.
class GrowingColumn {
 public:
  virtual ~GrowingColumn() = default;
  virtual size_t size() const = 0;
  /// Adds one row of a column of the type that this was made for.
  virtual void push(const Column& from, size_t row) = 0;
  /// Whether a value is the same as a row's: missing equals missing, NaN equals NaN, 0.0 differs from
  /// -0.0, as `equals` of Java has it.
  virtual bool equals(size_t index, const Column& other, size_t row) const = 0;
  /// A hint that a row will be compared.
  virtual void prefetch(size_t /*index*/) const {}
  virtual ColumnPtr gather(std::span<const uint32_t> indexes) const = 0;
  virtual std::unique_ptr<GrowingColumn> copy() const = 0;

  /// For a type that `has_layout`.
  static std::unique_ptr<GrowingColumn> of(const TypeInfoPtr& type);
};

}  // namespace pf
