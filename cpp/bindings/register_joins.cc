#include "bindings/python_join.h"
#include "bindings/python_serializer.h"
#include "bindings/register.h"
#include "dataflow/join/interval_join.h"

namespace py = pybind11;

namespace pf::python {
namespace {

SerializerPtr serializer_of(py::handle type) { return make_python_serializer(type); }

}  // namespace

void register_joins(py::module_& module) {
  module.def(
      "interval_join",
      [](py::object open, py::handle type, const SideOutputTypes& side_outputs, int64_t lower, int64_t upper,
         py::handle left_type, py::handle right_type, std::string late_left_output,
         std::string late_right_output) {
        IntervalJoinPlan plan;
        plan.make_function = [function = make_python_function(std::move(open), type, side_outputs),
                              left = serializer_of(left_type), right = serializer_of(right_type)] {
          return std::make_unique<PythonJoin>(function, left, right);
        };
        plan.keys = make_python_key_codec();
        plan.lower = lower;
        plan.upper = upper;
        plan.late_left_output = std::move(late_left_output);
        plan.late_right_output = std::move(late_right_output);
        return std::const_pointer_cast<OperatorFactory>(make_interval_join(std::move(plan)));
      },
      py::arg("open"), py::arg("type"), py::arg("side_outputs"), py::kw_only(), py::arg("lower"),
      py::arg("upper"), py::arg("left_type"), py::arg("right_type"), py::arg("late_left_output"),
      py::arg("late_right_output"));
}

}  // namespace pf::python
