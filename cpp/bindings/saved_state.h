#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// Adds SavedState to the module: a checkpoint or savepoint as `pyflinkpp.state_processor` reads it.
void add_saved_state(pybind11::module_& module);

}  // namespace pf::python
