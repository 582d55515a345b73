#pragma once

#include <span>

#include <pybind11/pybind11.h>

#include "model/column.h"

namespace pf::python {

/// Lays values out as columns if they are all of one kind and would come back as the very same values;
/// null where they have to stay Python objects: mixed classes, subclasses, ints beyond 64 bits, rows without
/// names, times with a zone, nothing but None or empty lists. Needs the GIL.
ColumnPtr infer_column(std::span<PyObject* const> values);

}  // namespace pf::python
