#include "bindings/pickled.h"

namespace py = pybind11;

namespace pf::python {
namespace {

constexpr int kValueProtocol = 5;
constexpr int kKeyProtocol = 4;

struct Names {
  py::object pickler = py::module_::import("pickle").attr("Pickler");
  py::object by_name = py::module_::import("pickle").attr("dumps");
  py::object by_value = py::module_::import("cloudpickle").attr("dumps");
  py::object bytes_io = py::module_::import("io").attr("BytesIO");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

}  // namespace

py::bytes pickled_value(PyObject* value) {
  const Names& names = Names::get();
  try {
    return names.by_name(py::handle(value), kValueProtocol);
  } catch (const py::error_already_set&) {  // of a class within a function, say
    return names.by_value(py::handle(value), kValueProtocol);
  }
}

py::bytes pickled_key(PyObject* key) {
  const Names& names = Names::get();
  try {
    py::object buffer = names.bytes_io();
    py::object pickler = names.pickler(buffer, py::arg("protocol") = kKeyProtocol);
    pickler.attr("fast") = true;
    pickler.attr("dump")(py::handle(key));
    return buffer.attr("getvalue")();
  } catch (const py::error_already_set&) {  // likewise, or it contains itself
    return names.by_value(py::handle(key), kKeyProtocol);
  }
}

}  // namespace pf::python
