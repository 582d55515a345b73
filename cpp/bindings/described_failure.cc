#include "bindings/described_failure.h"

#include "bindings/coercer.h"
#include "bindings/object_column.h"
#include "bindings/user_failure.h"
#include "dataflow/operator/operator_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

py::object exception_of(const OperatorFailure& failure) {
  PyObject* type = PyExc_ValueError;
  if (failure.kind() == OperatorFailure::Kind::kType) type = PyExc_TypeError;
  if (failure.kind() == OperatorFailure::Kind::kOverflow) type = PyExc_OverflowError;
  return py::handle(type)(failure.problem());
}

}  // namespace

py::object describe_failure(const std::exception_ptr& failure) {
  if (!failure) return py::none();
  py::dict described;
  try {
    std::rethrow_exception(failure);
  } catch (const UserFailure& user) {
    described["operator_name"] = user.operator_name();
    described["declared_at"] = user.declared_at();
    described["subtask"] = user.subtask();
    described["parallelism"] = user.parallelism();
    described["record"] = user.record();
    described["exception"] = user.exception();
  } catch (const OperatorFailure& native) {
    described["operator_name"] = native.operator_name();
    described["declared_at"] = native.declared_at();
    described["subtask"] = native.subtask();
    described["parallelism"] = native.parallelism();
    ObjectView record(native.record());
    described["record"] = record.size() > 0 ? short_repr(record[0]) : "";
    described["exception"] = exception_of(native);
  } catch (const py::error_already_set& python) {
    described["exception"] = python.value();
  } catch (const std::exception& native) {
    described["message"] = native.what();
  }
  return described;
}

}  // namespace pf::python
