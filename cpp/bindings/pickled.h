#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// What has no bytes of its own, pickled: with classes and functions by their names, those of the program
/// itself too, so that the next run of it has its own, as they are then; what no name finds goes by value.
/// Throws error_already_set.
pybind11::bytes pickled_value(PyObject* value);

/// The same of a key: without pickle's memo, which refers back to objects by identity, which equal keys need
/// not share.
pybind11::bytes pickled_key(PyObject* key);

}  // namespace pf::python
