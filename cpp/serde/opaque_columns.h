#pragma once

#include "model/column.h"
#include "serde/bytes.h"

namespace pf {

/// Turns opaque columns into bytes and back, for whoever carries them without looking inside. Immutable;
/// called on the thread of a task that such columns pass through, and with whatever that thread holds.
class OpaqueColumns {
 public:
  virtual ~OpaqueColumns() = default;
  virtual void write(const Column& column, ByteWriter& out) const = 0;
  /// As many rows as were written. Throws Error for bytes that `write` did not make.
  virtual ColumnPtr read(ByteReader& in) const = 0;
};

}  // namespace pf
