#include "bindings/python_key.h"

#include <string>

#include "bindings/python_classes.h"
#include "bindings/python_value.h"
#include "bindings/shown.h"
#include "serde/bytes.h"

namespace py = pybind11;

namespace pf::python {
namespace {

bool stays_as_it_is(PyObject* key) {
  PyTypeObject* type = Py_TYPE(key);
  if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type ||
      type == &PyBytes_Type || key == Py_None) {
    return true;
  }
  if (type == &PyTuple_Type) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) {
      if (!stays_as_it_is(PyTuple_GET_ITEM(key, i))) return false;
    }
    return true;
  }
  const PythonClasses& classes = PythonClasses::get();
  return Py_IS_TYPE(key, reinterpret_cast<PyTypeObject*>(classes.date.ptr())) ||
         Py_IS_TYPE(key, reinterpret_cast<PyTypeObject*>(classes.decimal.ptr()));
}

py::object copied(const py::object& key) {
  std::string bytes;
  ByteWriter out(bytes);
  write_key(key.ptr(), out);
  ByteReader in(bytes);
  return py::reinterpret_steal<py::object>(read_value(in));
}

/// In place of the pending error: one of the same kind, where it is of a kind that takes a text.
PyObject* refuse(const py::object& key, const char* why, const char* what_to_do) {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  auto cause = py::reinterpret_steal<py::object>(value);
  bool takes_text = type == PyExc_TypeError || type == PyExc_ValueError || type == PyExc_OverflowError;
  PyErr_Format(takes_text ? type : PyExc_TypeError, "the key %U %s: %S. %s", shown(key.ptr()).ptr(), why,
               cause.ptr(), what_to_do);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return nullptr;
}

}  // namespace

PyObject* as_key(PyObject* owned, const Coercer* type) {
  auto given = py::reinterpret_steal<py::object>(owned);
  py::object key = given;
  if (type && !type->fits(given.ptr())) {
    key = py::reinterpret_steal<py::object>(type->apply(Py_NewRef(given.ptr())));
    if (!key) {
      return refuse(given, "is not of the declared key_type",
                    "Declare the type of what the key selector gives, or leave key_type out");
    }
  }
  if ((type && type->gives_unchanging()) || stays_as_it_is(key.ptr())) return key.release().ptr();
  try {
    return copied(key).release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
    return refuse(given, "cannot be serialized",
                  "Keys are kept in state: let the key selector give plain values, or a class that can be "
                  "pickled");
  }
}

}  // namespace pf::python
