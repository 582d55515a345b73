#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// An object as an emission of it must look from now on, whatever its maker does to it later: results wait in
/// batches, and state holds on to them, while Flink would have serialized them at once. What can't change
/// stays the same object, lists and other containers are copied where somebody else refers to them, and so
/// are objects of unknown classes. Steals the reference and gives a new one; null with a Python error
/// pending.
PyObject* detached(PyObject* owned);

}  // namespace pf::python
