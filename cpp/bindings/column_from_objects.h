#pragma once

#include <span>

#include <pybind11/pybind11.h>

#include "model/column.h"

namespace pf::python {

/// Lays values out as columns of a type that `has_layout`, None as missing. They must be what the type
/// says, as a `Coercer` makes them, so that they come back as the same values; throws error_already_set
/// with a TypeError, OverflowError or UnicodeEncodeError when one is not. Needs the GIL.
ColumnPtr column_from_objects(std::span<PyObject* const> values, const TypeInfoPtr& type);

}  // namespace pf::python
