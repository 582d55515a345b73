#pragma once

#include <cstdint>
#include <span>

#include "model/column.h"
#include "serde/bytes.h"

namespace pf {

/// Appends rows of a natively laid out column, field by field; docs/formats/column_rows.md has the bytes.
void write_rows(const Column& column, std::span<const uint32_t> rows, ByteWriter& out);
/// Likewise, each row to a writer of its own. A writer that comes several times gets as many rows, together.
void write_rows(const Column& column, std::span<const uint32_t> rows, std::span<ByteWriter* const> writers);

/// A column with a row for each reader, which goes on behind what `write_rows` wrote. A reader that comes
/// several times gives as many rows, which were written together. Throws Error for damaged bytes.
ColumnPtr read_rows(const TypeInfoPtr& type, std::span<ByteReader* const> readers);

}  // namespace pf
