#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// A key that has no bytes of its own, pickled: without pickle's memo, which refers back to objects by
/// identity, which equal keys need not share, and with classes by their names. Throws error_already_set.
pybind11::bytes pickled_key(PyObject* key);

}  // namespace pf::python
