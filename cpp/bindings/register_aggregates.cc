#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "base/error.h"
#include "bindings/coercer.h"
#include "bindings/register.h"
#include "dataflow/operator/rolling_aggregate.h"
#include "dataflow/window/window_aggregate.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using AggregateNames = std::vector<std::pair<std::string, std::optional<size_t>>>;
using WindowSpec = py::typing::Tuple<py::object, py::ellipsis>;

ResultShape shape_of(const std::string& name) {
  if (name == "value") return ResultShape::kValue;
  if (name == "tuple") return ResultShape::kTuple;
  PF_CHECK(name == "record");
  return ResultShape::kRecord;
}

std::shared_ptr<Aggregation> aggregation(py::handle key, py::handle record, const AggregateNames& aggregates,
                                         const std::string& shape) {
  auto made = std::make_shared<Aggregation>(
      Aggregation{type_info_from(key), type_info_from(record), {}, shape_of(shape)});
  for (const auto& [name, field] : aggregates) {
    made->aggregates.push_back({aggregate_kind_of(name), field});
  }
  made->check();
  return made;
}

/// `windows` is what `assigner_spec` in _impl/window_specs.py says of windows of time.
std::shared_ptr<OperatorFactory> window_aggregate(const Aggregation& aggregation, const WindowSpec& windows,
                                                  int64_t allowed_lateness, std::string late_output,
                                                  bool with_window) {
  PF_CHECK(py::cast<std::string>(windows[0]) == "time");
  WindowAggregatePlan plan{aggregation};
  plan.size = py::cast<int64_t>(windows[1]);
  plan.slide = py::cast<int64_t>(windows[2]);
  plan.offset = py::cast<int64_t>(windows[3]);
  plan.event_time = py::cast<bool>(windows[4]);
  plan.allowed_lateness = allowed_lateness;
  plan.late_output = std::move(late_output);
  plan.with_window = with_window;
  return std::const_pointer_cast<OperatorFactory>(make_window_aggregate(std::move(plan)));
}

}  // namespace

void register_aggregates(py::module_& module) {
  py::class_<Aggregation, std::shared_ptr<Aggregation>>(module, "Aggregation")
      .def(py::init(&aggregation), py::arg("key"), py::arg("record"), py::arg("aggregates"),
           py::arg("shape"));
  module.def(
      "rolling_aggregate",
      [](const Aggregation& aggregation) {
        return std::const_pointer_cast<OperatorFactory>(make_rolling_aggregate(aggregation));
      },
      py::arg("aggregation"));
  module.def("window_aggregate", &window_aggregate, py::arg("aggregation"), py::kw_only(), py::arg("windows"),
             py::arg("allowed_lateness"), py::arg("late_output"), py::arg("with_window"));
}

}  // namespace pf::python
