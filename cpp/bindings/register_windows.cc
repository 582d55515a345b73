#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "base/error.h"
#include "bindings/python_serializer.h"
#include "bindings/python_trigger.h"
#include "bindings/python_window_assigner.h"
#include "bindings/python_window_contents.h"
#include "bindings/register.h"
#include "dataflow/exchange/constant_key.h"
#include "dataflow/window/window_operator.h"
#include "serde/type_schema.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using Spec = py::typing::Tuple<py::object, py::ellipsis>;
using SessionPtr = std::shared_ptr<WindowSession>;
using MakeAssigner = std::function<std::unique_ptr<WindowAssigner>(const SessionPtr&)>;
using MakeTrigger = std::function<std::unique_ptr<Trigger>(const SessionPtr&)>;

/// What `assigner_spec` in _impl/window_specs.py says, or ("python", event time, merging).
MakeAssigner assigner_from(const py::tuple& spec) {
  auto kind = py::cast<std::string>(spec[0]);
  auto number = [&](size_t index) { return py::cast<int64_t>(spec[index]); };
  if (kind == "python") {
    bool event_time = py::cast<bool>(spec[1]);
    auto merging = py::cast<std::string>(spec[2]);
    return [=](const SessionPtr& session) { return make_python_assigner(session, event_time, merging); };
  }
  WindowAssignerMaker make;
  if (kind == "time") {
    make = make_time_windows(number(1), number(2), number(3), py::cast<bool>(spec[4]));
  } else if (kind == "slices") {
    make = make_sliced_time_windows(number(1), number(2), number(3), py::cast<bool>(spec[4]));
  } else if (kind == "session") {
    make = make_session_windows(number(1), py::cast<bool>(spec[2]));
  } else if (kind == "count") {
    make = make_count_windows(number(1), number(2));
  } else {
    PF_CHECK(kind == "global");
    make = make_global_windows();
  }
  return [make](const SessionPtr&) { return make(); };
}

TriggerMaker native_trigger_from(const py::tuple& spec) {
  auto kind = py::cast<std::string>(spec[0]);
  if (kind == "event_time") return make_event_time_trigger();
  if (kind == "processing_time") return make_processing_time_trigger();
  if (kind == "never") return make_never_trigger();
  if (kind == "purging") return make_purging_trigger(native_trigger_from(spec[1]));
  auto number = py::cast<int64_t>(spec[1]);
  if (kind == "count") return make_count_trigger(number);
  if (kind == "continuous_event_time") return make_continuous_event_time_trigger(number);
  PF_CHECK(kind == "continuous_processing_time");
  return make_continuous_processing_time_trigger(number);
}

/// What `trigger_spec` in _impl/window_specs.py says, or ("python", can merge).
MakeTrigger trigger_from(const py::tuple& spec) {
  if (py::cast<std::string>(spec[0]) == "python") {
    bool can_merge = py::cast<bool>(spec[1]);
    return [=](const SessionPtr& session) { return make_python_trigger(session, can_merge); };
  }
  return [make = native_trigger_from(spec)](const SessionPtr&) { return make(); };
}

std::shared_ptr<OperatorFactory> window_operator(std::shared_ptr<const PythonFunction> function,
                                                 std::string contents, py::handle contents_type,
                                                 std::string window_kind, const py::tuple& assigner,
                                                 const py::tuple& trigger, int64_t allowed_lateness,
                                                 std::string late_output) {
  TypeInfoPtr type = type_info_from(contents_type);
  auto python = std::make_shared<PythonWindow>();
  python->function = std::move(function);
  python->window_kind = std::move(window_kind);
  python->contents_type = Coercer::of(*type);
  python->contents_schema = type_schema(*type);
  WindowPlan plan;
  plan.make_parts = [python, contents = std::move(contents), make_assigner = assigner_from(assigner),
                     make_trigger = trigger_from(trigger)] {
    auto session = std::make_shared<WindowSession>(python);
    WindowParts parts;
    parts.assigner = make_assigner(session);
    parts.trigger = make_trigger(session);
    parts.contents = make_python_contents(session, contents, parts.assigner->slices());
    return parts;
  };
  plan.keys = make_python_key_codec();
  plan.allowed_lateness = allowed_lateness;
  plan.late_output = std::move(late_output);
  return std::const_pointer_cast<OperatorFactory>(make_window_operator(std::move(plan)));
}

}  // namespace

void register_windows(py::module_& module) {
  module.def(
      "window_operator",
      [](py::object open, py::handle type, const SideOutputTypes& side_outputs, std::string contents,
         py::handle contents_type, std::string window_kind, const Spec& assigner, const Spec& trigger,
         int64_t allowed_lateness, std::string late_output) {
        return window_operator(make_python_function(std::move(open), type, side_outputs), std::move(contents),
                               contents_type, std::move(window_kind), assigner, trigger, allowed_lateness,
                               std::move(late_output));
      },
      py::arg("open"), py::arg("type"), py::arg("side_outputs"), py::kw_only(), py::arg("contents"),
      py::arg("contents_type"), py::arg("window_kind"), py::arg("assigner"), py::arg("trigger"),
      py::arg("allowed_lateness"), py::arg("late_output"));
  module.def("constant_key",
             [] { return std::const_pointer_cast<KeyExtractorFactory>(make_constant_key()); });
}

}  // namespace pf::python
