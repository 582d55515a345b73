#pragma once

#include <functional>

#include <pybind11/pybind11.h>

#include "model/arrow_c_data.h"
#include "model/column.h"

namespace pf::python {

/// Arrow's C structures in Python's capsules, as `__arrow_c_schema__`, `__arrow_c_array__` and
/// `__arrow_c_stream__` hand them from library to library. All need the GIL.

pybind11::capsule schema_capsule(const TypeInfo& type);
/// A tuple of the column's schema and array.
pybind11::tuple array_capsules(const ColumnPtr& column);
/// A stream of columns of a type, each asked for when the receiver wants it: `next` gives None at the end.
/// What it raises is told to the receiver as text.
pybind11::capsule stream_capsule(TypeInfoPtr type, pybind11::object next);

/// Takes over what a capsule holds. Throws type_error for another capsule, and for one that is used up.
template <typename CStruct>
ArrowOwned<CStruct> take_capsule(pybind11::handle capsule);

/// The column that `object.__arrow_c_array__()` gives.
ColumnPtr column_of_arrow(pybind11::handle object);

}  // namespace pf::python
