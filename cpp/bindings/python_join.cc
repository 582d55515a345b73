#include "bindings/python_join.h"

#include "bindings/python_serializer.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Attributes of the context that the function is given: a `PairContext` of _impl/interval_joins.py.
struct Names {
  py::object left = py::str("_left_timestamp");
  py::object right = py::str("_right_timestamp");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

}  // namespace

void PythonJoin::open(OperatorContext& context, KeyedStateBackend& state, TimerService& timers) {
  context_ = &context;
  results_.emplace(*function_, context);
  scope_ = std::make_shared<ProcessScope>(context, state, timers);
  opened_.emplace(*function_, context, py::cast(scope_));
  scope_->set_key_in_state();
}

void PythonJoin::close() {
  rows_ = ObjectView();
  pair_ = py::object();
  if (results_) results_->drop();
  std::optional<OpenFunction> opened = std::exchange(opened_, std::nullopt);
  if (scope_ && !opened) scope_->close();
  if (!opened) return;
  try {
    opened->close();
  } catch (...) {
    scope_->close();
    throw;
  }
  scope_->close();
}

Datum PythonJoin::record(size_t row) { return datum_of(Py_NewRef(rows_[row])); }

bool PythonJoin::join(const JoinPair& pair) {
  const OpenFunction::Call& call = opened_->call(0);
  const Names& names = Names::get();
  pair_ = py::make_tuple(py::handle(object_of(pair.left)), py::handle(object_of(pair.right)));
  call.context.attr(names.left) = pair.left_timestamp;
  call.context.attr(names.right) = pair.right_timestamp;
  results_->set_timestamp(pair.timestamp());
  PyObject* arguments[] = {nullptr, object_of(pair.left), object_of(pair.right), call.context.ptr()};
  PyObject* results =
      PyObject_Vectorcall(call.callable.ptr(), arguments + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  return taken(results ? results_->take(results) : ResultCollector::Taken::kFailed);
}

bool PythonJoin::resume() { return !results_->has_more() || taken(results_->take_more()); }

bool PythonJoin::taken(ResultCollector::Taken taken) {
  if (taken == ResultCollector::Taken::kFailed) throw UserFailure(*context_, pair_.ptr());
  return taken == ResultCollector::Taken::kAll;
}

}  // namespace pf::python
