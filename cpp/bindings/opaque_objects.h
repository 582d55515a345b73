#pragma once

#include <memory>

#include "serde/opaque_columns.h"

namespace pf::python {

/// Columns of Python objects, each written as state writes a value whose type nobody has declared. Needs the
/// GIL, which whatever runs on the Python lane has; throws error_already_set for what can't be pickled.
std::shared_ptr<const OpaqueColumns> make_opaque_objects();

}  // namespace pf::python
