#pragma once

#include <exception>
#include <memory>
#include <string>

#include <pybind11/pybind11.h>

#include "bindings/gil_holder.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// `repr`, shortened; never fails. Needs the GIL.
std::string short_repr(PyObject* record);

/// What ended a job when Python code raised: the exception itself, and where it happened. Thrown by
/// operators, kept by the job, and turned into a JobExecutionError where the user waits.
class UserFailure : public std::exception {
 public:
  /// `record` is the row at hand, or null outside of rows. Needs the GIL; takes the pending
  /// exception out of the interpreter.
  UserFailure(const OperatorContext& context, PyObject* record);
  /// For an exception that has already been caught.
  UserFailure(const OperatorContext& context, const pybind11::error_already_set& caught, PyObject* record);

  const char* what() const noexcept override { return "an exception in Python code"; }

  const std::string& operator_name() const { return operator_name_; }
  const std::string& declared_at() const { return declared_at_; }
  uint32_t subtask() const { return subtask_; }
  uint32_t parallelism() const { return parallelism_; }
  /// `repr` of the record, shortened; empty when there was none.
  const std::string& record() const { return record_; }
  /// Only with the GIL.
  const pybind11::object& exception() const { return exception_->get(); }

 private:
  UserFailure(const OperatorContext& context, pybind11::object exception, PyObject* record);

  std::string operator_name_;
  std::string declared_at_;
  uint32_t subtask_ = 0;
  uint32_t parallelism_ = 1;
  std::string record_;
  std::shared_ptr<GilHolder> exception_;  // shared: C++ copies exceptions when it rethrows them
};

/// Runs `body`; what Python code in it raises is thrown as a UserFailure of the operator, outside of rows.
template <typename Body>
auto naming_operator(const OperatorContext& context, Body body) {
  try {
    return body();
  } catch (const pybind11::error_already_set& error) {
    throw UserFailure(context, error, nullptr);
  }
}

}  // namespace pf::python
