#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/register.h"
#include "plan/stream_graph.h"

namespace py = pybind11;

namespace pf::python {
namespace {

CheckpointPlan::Cleanup cleanup_of(const std::string& name) {
  if (name == "always") return CheckpointPlan::Cleanup::kAlways;
  if (name == "on_cancellation") return CheckpointPlan::Cleanup::kOnCancellation;
  PF_CHECK(name == "never");
  return CheckpointPlan::Cleanup::kNever;
}

/// Throws Error where the checkpoint has state of an operator that the graph hasn't.
void check_claimed(const StreamGraph& graph, const Checkpoint& checkpoint) {
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    bool has_state = false;
    for (const auto& subtask : op.subtasks) {
      has_state |=
          subtask.state && (subtask.state->keyed || subtask.state->broadcast || subtask.state->lists);
    }
    bool claimed = false;
    for (const StreamNode& node : graph.nodes()) claimed |= operator_id_of(node) == op.id;
    if (!has_state || claimed) continue;
    throw Error("the checkpoint has state of '" + op.name + "' (id '" + op.id +
                "'), and no operator of the program has that id: give the operator that shall go on with it "
                "this uid, or set execution.state-recovery.ignore-unclaimed-state to start without it");
  }
}

}  // namespace

void register_checkpoints(py::module_& module) {
  py::reinterpret_borrow<py::class_<StreamGraph, std::shared_ptr<StreamGraph>>>(module.attr("StreamGraph"))
      .def(
          "take_checkpoints",
          [](StreamGraph& graph, int64_t interval, int64_t timeout, int64_t min_pause, size_t max_concurrent,
             size_t tolerable_failures, size_t retained, bool exactly_once, std::optional<std::string> folder,
             size_t inline_bytes, size_t max_state_bytes, const std::string& cleanup) {
            CheckpointPlan plan;
            plan.settings = {interval, timeout, min_pause, max_concurrent, tolerable_failures, retained};
            if (!exactly_once) plan.mode = BarrierAligner::Mode::kAtLeastOnce;
            plan.cleanup = cleanup_of(cleanup);
            plan.make_storage = [=](const JobId& job) {
              return folder ? make_file_checkpoint_storage({*folder, inline_bytes}, job)
                            : make_memory_checkpoint_storage(max_state_bytes);
            };
            graph.checkpoints = std::move(plan);
          },
          py::kw_only(), py::arg("interval"), py::arg("timeout"), py::arg("min_pause"),
          py::arg("max_concurrent"), py::arg("tolerable_failures"), py::arg("retained"),
          py::arg("exactly_once"), py::arg("folder"), py::arg("inline_bytes"), py::arg("max_state_bytes"),
          py::arg("cleanup"),
          "Times in ms. Without a folder, checkpoints are kept in memory.\n"
          "Cleanup, of a job that ends otherwise than by finishing: 'always', 'on_cancellation', 'never'.")
      .def(
          "restore",
          [](StreamGraph& graph, const std::string& path, bool ignore_unclaimed) {
            auto checkpoint = std::make_shared<Checkpoint>(load_checkpoint(path));
            if (!ignore_unclaimed) check_claimed(graph, *checkpoint);
            graph.restored = std::move(checkpoint);
          },
          py::kw_only(), py::arg("path"), py::arg("ignore_unclaimed"),
          "Lets the job go on from the checkpoint in this folder.");
  py::register_exception<DamagedCheckpoint>(module, "DamagedCheckpoint", module.attr("EngineError"));
  module.def(
      "find_checkpoints",
      [](const std::string& folder) {
        std::vector<std::string> found;
        for (const auto& path : find_checkpoints(folder)) found.push_back(path.string());
        return found;
      },
      py::arg("folder"), "The newest first.");
}

}  // namespace pf::python
