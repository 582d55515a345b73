#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {

py::object shown(PyObject* value, int limit) {
  py::error_scope pending;
  try {
    return py::module_::import("pyflinkpp._impl.shown").attr("shown")(py::handle(value), limit);
  } catch (const py::error_already_set&) {
    return py::str("<" + std::string(Py_TYPE(value)->tp_name) + ">");
  }
}

}  // namespace pf::python
