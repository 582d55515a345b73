#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// Whether nobody can change the object: it is a number, a text, a time or the like. A tuple is looked into.
bool never_changes(PyObject* object);

/// Whether whoever holds `references` to the object is the only one who can reach what in it can change.
bool is_ours_alone(PyObject* object, Py_ssize_t references);

/// A copy of everything in the object that can change; the same object where nothing can. New reference; null
/// with a Python error pending where something can't be copied.
PyObject* copy_of(PyObject* object);

/// The object for somebody who may keep and change it: itself if we alone have it, else a copy. Steals the
/// reference and gives a new one; null with a Python error pending.
PyObject* detached(PyObject* owned);

}  // namespace pf::python
