#include "bindings/pickled_key.h"

namespace py = pybind11;

namespace pf::python {
namespace {

struct Names {
  py::object pickler = py::module_::import("pickle").attr("Pickler");
  py::object bytes_io = py::module_::import("io").attr("BytesIO");
  py::object dumps = py::module_::import("cloudpickle").attr("dumps");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

}  // namespace

py::bytes pickled_key(PyObject* key) {
  const Names& names = Names::get();
  try {
    py::object buffer = names.bytes_io();
    py::object pickler = names.pickler(buffer, py::arg("protocol") = 4);
    pickler.attr("fast") = true;
    pickler.attr("dump")(py::handle(key));
    return buffer.attr("getvalue")();
  } catch (const py::error_already_set&) {
    // Of a class that has no name to be found by, say; or it contains itself.
    return names.dumps(py::handle(key), py::arg("protocol") = 4);
  }
}

}  // namespace pf::python
