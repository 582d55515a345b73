#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// Tells Python's garbage collector to forget a tuple that can't be part of a cycle, as it would do itself
/// when it next looks: a tuple of nothing but numbers and text. Of millions that state keeps, each collection
/// would look at all, and each that is replaced would take its neighbours in the collector's list into the
/// cache.
inline void untrack_if_flat(PyObject* object) {
  if (!PyTuple_CheckExact(object)) return;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
    PyObject* item = PyTuple_GET_ITEM(object, i);
    const bool flat = PyLong_CheckExact(item) || PyFloat_CheckExact(item) || PyUnicode_CheckExact(item) ||
                      PyBool_Check(item) || item == Py_None || PyBytes_CheckExact(item);
    if (!flat) return;
  }
  PyObject_GC_UnTrack(object);
}

}  // namespace pf::python
