#include "bindings/user_failure.h"

#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {
namespace {

constexpr int kShownOfRecord = 300;

/// The exception object with the traceback that pybind11 keeps beside it.
py::object with_traceback(const py::error_already_set& caught) {
  if (caught.trace()) PyException_SetTraceback(caught.value().ptr(), caught.trace().ptr());
  return caught.value();
}

py::object take_pending_exception() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return py::reinterpret_steal<py::object>(value);
}

}  // namespace

std::string short_repr(PyObject* record) {
  return record ? std::string(py::str(shown(record, kShownOfRecord))) : std::string();
}

UserFailure::UserFailure(const OperatorContext& context, PyObject* record)
    : UserFailure(context, take_pending_exception(), record) {}

UserFailure::UserFailure(const OperatorContext& context, const py::error_already_set& caught,
                         PyObject* record)
    : UserFailure(context, with_traceback(caught), record) {}

UserFailure::UserFailure(const OperatorContext& context, py::object exception, PyObject* record)
    : operator_name_(context.operator_name),
      declared_at_(context.declared_at),
      subtask_(context.subtask),
      parallelism_(context.parallelism),
      record_(short_repr(record)),
      exception_(std::make_shared<GilHolder>(std::move(exception))) {}

}  // namespace pf::python
