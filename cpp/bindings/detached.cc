#include "bindings/detached.h"

namespace py = pybind11;

namespace pf::python {
namespace {

bool never_changes(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type ||
         type == &PyBytes_Type || object == Py_None || PyType_Check(object) || PyFunction_Check(object) ||
         PyModule_Check(object);
}

struct Names {
  py::object deepcopy = py::module_::import("copy").attr("deepcopy");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

PyObject* copied(PyObject* owned) {
  PyObject* copy = PyObject_CallOneArg(Names::get().deepcopy.ptr(), owned);
  Py_DECREF(owned);
  return copy;
}

bool all_never_change(PyObject* items) {
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(items, i);
    if (!never_changes(item) && !(PyTuple_CheckExact(item) && all_never_change(item))) return false;
  }
  return true;
}

bool all_values_never_change(PyObject* dict) {
  Py_ssize_t position = 0;
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  while (PyDict_Next(dict, &position, &key, &value)) {
    if (!never_changes(value)) return false;
  }
  return true;
}

}  // namespace

PyObject* detached(PyObject* owned) {
  if (never_changes(owned)) return owned;
  if (PyTuple_CheckExact(owned)) return all_never_change(owned) ? owned : copied(owned);
  bool ours_alone = Py_REFCNT(owned) == 1;
  if (PyList_CheckExact(owned)) {
    if (!all_never_change(owned)) return copied(owned);
    if (ours_alone) return owned;
    PyObject* copy = PyList_GetSlice(owned, 0, PyList_GET_SIZE(owned));
    Py_DECREF(owned);
    return copy;
  }
  if (PyDict_CheckExact(owned)) {
    if (!all_values_never_change(owned)) return copied(owned);
    if (ours_alone) return owned;
    PyObject* copy = PyDict_Copy(owned);
    Py_DECREF(owned);
    return copy;
  }
  return ours_alone ? owned : copied(owned);
}

}  // namespace pf::python
