#pragma once

#include "model/arrow_c_data.h"
#include "model/column.h"

namespace pf {

/// The Arrow type of columns of a type, as a schema that the receiver releases. `name` is the field's.
/// Throws Error for PICKLED and BIG_INT, which Arrow can't carry.
void export_schema(const TypeInfo& type, const std::string& name, ArrowSchema* out);

/// A column as an array of that type, which shares the column's memory but for BOOLEAN, INSTANT and BIG_DEC,
/// whose layout is another. Throws Error for opaque columns, for rows that are no inserts and for values
/// that the Arrow type can't hold.
void export_column(const ColumnPtr& column, ArrowArray* out);

}  // namespace pf
