#include "bindings/python_classes.h"

#include <structmember.h>

#include <pybind11/gil_safe_call_once.h>

namespace py = pybind11;

namespace pf::python {
namespace {

Py_ssize_t offset_of_slot(const py::object& cls, const char* name) {
  py::object slot = cls.attr(name);
  if (!Py_IS_TYPE(slot.ptr(), &PyMemberDescr_Type)) throw py::type_error("Row's fields must be slots");
  return reinterpret_cast<PyMemberDescrObject*>(slot.ptr())->d_member->offset;
}

PyObject*& slot_at(PyObject* row, Py_ssize_t offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(row) + offset);
}

}  // namespace

const PythonClasses& PythonClasses::get() {
  PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<PythonClasses> stored;
  return stored
      .call_once_and_store_result([] {
        auto datetime = py::module_::import("datetime");
        return PythonClasses{
            RowClass(py::module_::import("pyflinkpp.common.types").attr("Row")),
            py::tuple(py::module_::import("pyflinkpp.common.types").attr("RowKind")),
            py::module_::import("decimal").attr("Decimal"),
            py::module_::import("pyflinkpp.common.time").attr("Instant"),
            datetime.attr("date"),
            datetime.attr("time"),
            datetime.attr("datetime"),
        };
      })
      .get_stored();
}

RowClass::RowClass(py::object cls)
    : cls_(std::move(cls)),
      names_(offset_of_slot(cls_, "_fields")),
      kind_(offset_of_slot(cls_, "_row_kind")),
      values_(offset_of_slot(cls_, "_values")) {}

PyObject* RowClass::names(PyObject* row) const { return slot_at(row, names_); }
PyObject* RowClass::kind(PyObject* row) const { return slot_at(row, kind_); }

PyObject* RowClass::values(PyObject* row) const {
  PyObject* values = slot_at(row, values_);
  if (values && PyList_CheckExact(values)) return values;
  PyErr_SetString(PyExc_TypeError, "a Row without values");
  throw py::error_already_set();
}

PyObject* RowClass::make(PyObject* names, PyObject* kind, PyObject* values) const {
  PyTypeObject* type = reinterpret_cast<PyTypeObject*>(cls_.ptr());
  PyObject* row = type->tp_alloc(type, 0);
  if (!row) {
    Py_DECREF(values);
    return nullptr;
  }
  slot_at(row, names_) = Py_XNewRef(names);
  slot_at(row, kind_) = Py_NewRef(kind);
  slot_at(row, values_) = values;
  return row;
}

}  // namespace pf::python
