#pragma once

#include <memory>
#include <optional>
#include <string>

#include <pybind11/pybind11.h>

#include "bindings/object_column.h"
#include "bindings/operator_state_store.h"
#include "bindings/process_scope.h"
#include "bindings/python_function.h"
#include "bindings/window_objects.h"
#include "dataflow/window/window_services.h"

namespace pf::python {

/// What a window operator runs in Python, as the plan carries it. Immutable, shared by all subtasks.
struct PythonWindow {
  std::shared_ptr<const PythonFunction> function;
  /// "time", "count", "global" or "custom".
  std::string window_kind;
  /// The type of what a window remembers, elements or an accumulator; null where any value is right.
  std::shared_ptr<const Coercer> contents_type;
  std::string contents_schema;
};

/// The Python side of a window operator in one subtask, shared by its contents, and its assigner and trigger
/// where these are Python's: the opened functions, and the state that they reach. Lives on the Python lane.
class WindowSession {
 public:
  explicit WindowSession(std::shared_ptr<const PythonWindow> plan) : plan_(std::move(plan)) {}

  /// Throws UserFailure when the user's `open` raises.
  void open(WindowServices& services);
  void close();

  const PythonWindow& plan() const { return *plan_; }
  const OperatorContext& context() const { return services_->context; }
  WindowServices& services() const { return *services_; }
  WindowObjects& windows() { return *windows_; }

  /// Of functions that are checkpointed, and of those that listen to checkpoints.
  OperatorSnapshot snapshot_state(const SnapshotContext& checkpoint);
  void notify_checkpoint(const char* method, int64_t checkpoint_id);

  /// An attribute of what the plan's function opened (`OpenedWindow` in _impl/window_functions.py); null for
  /// None.
  pybind11::object attribute(const char* name) const;

  void begin_batch(const Batch& batch) { rows_ = ObjectView(batch.values); }
  void end_batch() { rows_ = ObjectView(); }
  PyObject* row(size_t row) const { return rows_[row]; }

  /// Makes the state of a window the one that `window_state` and trigger contexts reach.
  void enter(const Window& window) const { window_scope_->set_namespace(window.bytes); }
  /// The current key as a Python object. Throws UserFailure.
  pybind11::object key() const;
  /// For the Python error that is set; `record` may be null.
  [[noreturn]] void fail(PyObject* record) const;
  /// Calls something with arguments, borrowed; throws UserFailure when it raises.
  template <typename... Arguments>
  pybind11::object call(PyObject* record, const pybind11::object& callable, Arguments... arguments) const {
    PyObject* stack[] = {nullptr, arguments...};
    PyObject* result = PyObject_Vectorcall(callable.ptr(), stack + 1,
                                           sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (!result) fail(record);
    return pybind11::reinterpret_steal<pybind11::object>(result);
  }
  /// Runs conversions that throw error_already_set.
  template <typename Body>
  auto guarded(PyObject* record, Body body) const {
    try {
      return body();
    } catch (pybind11::error_already_set& error) {
      error.restore();
    }
    fail(record);
  }

 private:
  std::shared_ptr<const PythonWindow> plan_;
  WindowServices* services_ = nullptr;
  /// Runs `body` while there is no key whose state functions could reach.
  template <typename Body>
  void outside_of_keys(Body body);

  std::shared_ptr<OperatorStateStore> operator_state_;
  std::shared_ptr<ProcessScope> global_scope_;
  std::shared_ptr<ProcessScope> window_scope_;
  pybind11::object opened_;
  std::optional<WindowObjects> windows_;
  ObjectView rows_;
};

}  // namespace pf::python
