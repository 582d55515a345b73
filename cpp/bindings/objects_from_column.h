#pragma once

#include <memory>

#include "bindings/object_column.h"

namespace pf::python {

/// The rows of a natively laid out column as new Python objects, each what the column's type says.
/// Throws error_already_set for text that is no UTF-8. Needs the GIL.
std::shared_ptr<ObjectColumn> objects_from_column(const Column& column);

}  // namespace pf::python
