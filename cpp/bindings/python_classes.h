#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// The class `Row`, whose slots are read and written in place: a row is made and taken apart for every
/// record of a stream of rows. Needs the GIL.
class RowClass {
 public:
  explicit RowClass(pybind11::object cls);

  /// Of this very class: a subclass may give fields another meaning.
  bool is_row(PyObject* value) const {
    return Py_IS_TYPE(value, reinterpret_cast<PyTypeObject*>(cls_.ptr()));
  }
  /// Borrowed: the sequence of field names, null if the row has none.
  PyObject* names(PyObject* row) const;
  /// Borrowed: the `RowKind`.
  PyObject* kind(PyObject* row) const;
  /// Borrowed: the list of values. Throws error_already_set for a row that was never initialised.
  PyObject* values(PyObject* row) const;
  /// A new row; steals `values`, a list. `names` may be null. Null with an error pending when memory is
  /// short.
  PyObject* make(PyObject* names, PyObject* kind, PyObject* values) const;
  const pybind11::object& cls() const { return cls_; }

 private:
  pybind11::object cls_;
  Py_ssize_t names_;
  Py_ssize_t kind_;
  Py_ssize_t values_;
};

/// Python classes whose values have a type of their own, looked up when first needed. Needs the GIL.
struct PythonClasses {
  RowClass row;
  pybind11::tuple row_kinds;  // by the value of `RowKind`
  pybind11::object decimal, instant, date, time, datetime;

  static const PythonClasses& get();
};

}  // namespace pf::python
