#include "bindings/python_function.h"

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/python_lane.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

ResultForm form_of(const std::string& name) {
  if (name == "value") return ResultForm::kValue;
  if (name == "iterable") return ResultForm::kIterable;
  if (name == "predicate") return ResultForm::kPredicate;
  if (name == "nothing") return ResultForm::kNothing;
  PF_CHECK(name == "batch");
  return ResultForm::kBatch;
}

}  // namespace

std::shared_ptr<const PythonFunction> make_python_function(py::object open, py::handle type,
                                                           const SideOutputTypes& side_outputs) {
  auto function = std::make_shared<PythonFunction>();
  function->open = GilHolder(std::move(open));
  function->output = coercer_of(type);
  for (const auto& [tag, descriptor] : side_outputs) {
    function->side_outputs.emplace_back(py::cast<std::string>(tag), coercer_of(descriptor));
  }
  return function;
}

py::dict describe(const OperatorContext& context) {
  py::dict where;
  where["job_id"] = context.job.hex();
  where["job_name"] = context.job_name;
  where["operator_id"] = context.operator_id;
  where["task_name"] = context.task_name;
  where["operator_name"] = context.operator_name;
  where["job_parameters"] = context.job_parameters;
  where["subtask"] = context.subtask;
  where["parallelism"] = context.parallelism;
  where["max_parallelism"] = context.max_parallelism;
  where["attempt"] = context.attempt;
  where["batch_mode"] = context.batch_mode;
  where["batch_size"] = context.batch_size;
  where["restored_checkpoint_id"] = context.restored_checkpoint_id;
  where["operator_state"] = py::none();
  return where;
}

OpenFunction::OpenFunction(const PythonFunction& function, const OperatorContext& context,
                           const py::object& scope)
    : context_(context), state_(std::make_shared<OperatorStateStore>(context)) {
  try {
    py::dict where = describe(context);
    where["scope"] = scope;
    where["operator_state"] = state_;
    object_ = function.open.get()(where);
    on_timer_ = py::getattr(object_, "on_timer", py::none());
    if (on_timer_.is_none()) on_timer_ = py::object();
    for (py::handle entry : py::list(object_.attr("calls"))) {
      auto [callable, form, call_context] = py::cast<std::tuple<py::object, std::string, py::object>>(entry);
      if (call_context.is_none()) call_context = py::object();
      calls_.push_back({callable, form_of(form), call_context});
    }
  } catch (const py::error_already_set& error) {
    state_->close();
    throw UserFailure(context, error, nullptr);
  }
}

void OpenFunction::finish() { call_hook(context_, object_, "finish"); }

void OpenFunction::close() {
  if (!object_) return;
  PythonLane::Shield shield;
  try {
    object_.attr("close")();
  } catch (const py::error_already_set& error) {
    state_->close();
    throw UserFailure(context_, error, nullptr);
  }
  state_->close();
}

OperatorSnapshot OpenFunction::snapshot_state(const SnapshotContext& checkpoint) {
  call_hook(context_, object_, "snapshot_state", checkpoint.checkpoint_id, checkpoint.timestamp);
  return naming_operator(context_, [this] {
    OperatorSnapshot snapshot;
    state_->snapshot(snapshot);
    return snapshot;
  });
}

void OpenFunction::notify_complete(int64_t checkpoint_id) {
  call_hook(context_, object_, "notify_checkpoint_complete", checkpoint_id);
}

void OpenFunction::notify_aborted(int64_t checkpoint_id) {
  call_hook(context_, object_, "notify_checkpoint_aborted", checkpoint_id);
}

}  // namespace pf::python
