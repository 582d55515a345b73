#include <cstdint>

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/register.h"
#include "bindings/saved_state.h"
#include "control/checkpoint/checkpoint_leftovers.h"
#include "plan/restored_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

CheckpointPlan::Cleanup cleanup_of(const std::string& name) {
  if (name == "always") return CheckpointPlan::Cleanup::kAlways;
  if (name == "on_cancellation") return CheckpointPlan::Cleanup::kOnCancellation;
  PF_CHECK(name == "never");
  return CheckpointPlan::Cleanup::kNever;
}

}  // namespace

void register_checkpoints(py::module_& module) {
  py::reinterpret_borrow<py::class_<StreamGraph, std::shared_ptr<StreamGraph>>>(module.attr("StreamGraph"))
      .def(
          "take_checkpoints",
          [](StreamGraph& graph, std::optional<int64_t> interval, int64_t timeout, int64_t min_pause,
             size_t max_concurrent, size_t tolerable_failures, size_t retained, bool exactly_once,
             std::optional<Location> folder, size_t inline_bytes, std::optional<size_t> max_state_bytes,
             const std::string& cleanup, std::optional<int64_t> overtake_after, bool overtake_by_force) {
            CheckpointPlan plan;
            plan.settings = {interval,
                             timeout,
                             min_pause,
                             max_concurrent,
                             tolerable_failures,
                             retained,
                             overtake_after.has_value()};
            plan.overtake_after = overtake_after;
            plan.overtake_by_force = overtake_by_force;
            if (!exactly_once) plan.mode = BarrierAligner::Mode::kAtLeastOnce;
            plan.cleanup = cleanup_of(cleanup);
            plan.savepoint_inline_bytes = inline_bytes;
            plan.make_storage = [=](const JobId& job) {
              return folder ? make_file_checkpoint_storage({*folder, inline_bytes, max_state_bytes}, job)
                            : make_memory_checkpoint_storage(max_state_bytes.value_or(SIZE_MAX));
            };
            graph.checkpoints = std::move(plan);
          },
          py::kw_only(), py::arg("interval"), py::arg("timeout"), py::arg("min_pause"),
          py::arg("max_concurrent"), py::arg("tolerable_failures"), py::arg("retained"),
          py::arg("exactly_once"), py::arg("folder"), py::arg("inline_bytes"), py::arg("max_state_bytes"),
          py::arg("cleanup"), py::arg("overtake_after"), py::arg("overtake_by_force"),
          "Times in ms. Without an interval, only savepoints are taken.\n"
          "Without a folder, checkpoints are kept in memory. Max state: of a subtask; None: any size.\n"
          "Cleanup, of a job that ends otherwise than by finishing: 'always', 'on_cancellation', 'never'.\n"
          "Overtake: how long after the trigger barriers are unaligned; None: never. By force: even where a\n"
          "partitioner of the user's own decides the way.")
      .def(
          "restore",
          [](StreamGraph& graph, const Location& path, bool ignore_unclaimed, bool claim) {
            const LoadOptions options{
                .folder_for_files = [&] { return graph.state_backend->folder_for_files(); }};
            auto checkpoint = std::make_shared<Checkpoint>(load_checkpoint(path, options));
            go_on_from(graph, std::move(checkpoint), ignore_unclaimed);
            if (claim) graph.claimed = checkpoint_folder(path);
          },
          py::kw_only(), py::arg("path"), py::arg("ignore_unclaimed"), py::arg("claim"),
          "Lets the job go on from the checkpoint in this folder; `claim`: which becomes the job's own.");
  add_saved_state(module);
  py::register_exception<DamagedCheckpoint>(module, "DamagedCheckpoint", module.attr("EngineError"));
  module.def(
      "remove_leftovers",
      [](const Location& checkpoint) {
        py::gil_scoped_release release;
        const Leftovers gone = remove_leftovers(checkpoint);
        return std::pair(gone.files, gone.bytes);
      },
      py::arg("checkpoint"),
      "Removes what a killed process has left beside its checkpoint and nobody needs: files and bytes.");
  module.def(
      "find_checkpoints", [](const Location& folder) { return find_checkpoints(folder); }, py::arg("folder"),
      "First the one that became complete last.");
}

}  // namespace pf::python
