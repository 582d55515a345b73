#include "bindings/register_simulation.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/described_failure.h"
#include "runtime/job.h"
#include "runtime/seeded_executor.h"
#include "testing/checkpoint_shelf.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// How often something from outside is waited for, a millisecond each time.
constexpr int kMostWaits = 5'000;

/// A job that runs only when it is told to, on the thread that tells it: its tasks take turns, and its clock
/// goes on, as the seed decides. Lives with the GIL.
class SimulatedJob {
 public:
  SimulatedJob(std::shared_ptr<StreamGraph> graph, std::shared_ptr<ManualClock> clock, uint64_t seed,
               uint64_t turns)
      : random_(seed),
        turns_(turns),
        clock_(std::move(clock)),
        executor_(std::make_shared<SeededExecutor>(
            random_(), seed % 2 == 0 ? SeededExecutor::Order::kUniform : SeededExecutor::Order::kPriority)),
        job_(std::move(graph), executor_, executor_, executor_, *clock_, seed) {}

  Job& job() { return job_; }
  /// That were made.
  uint64_t steps() const { return steps_; }

  /// Until the job is over (true), or so many steps have been made.
  bool run(uint64_t steps) {
    for (; steps > 0 && !is_over(); --steps) {
      ++steps_;
      if (random_() % turns_ == 0) {
        clock_->advance_millis(1);
      } else if (!executor_->run_one()) {
        go_on_without_tasks();
        continue;
      }
      waits_ = 0;
    }
    if (is_over()) executor_->drain();
    return is_over();
  }

 private:
  bool is_over() const {
    JobStatus status = job_.status();
    return status == JobStatus::kFinished || status == JobStatus::kFailed || status == JobStatus::kCanceled;
  }
  /// Nothing is ready: time passes, for threads outside of the job as well.
  void go_on_without_tasks() {
    if (++waits_ > kMostWaits) {
      throw Error(
          "the simulated job waits for something that does not come: a source that someone else feeds");
    }
    clock_->advance_millis(1);
    if (waits_ < 100) return;
    py::gil_scoped_release release;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::mt19937_64 random_;
  const uint64_t turns_;
  const std::shared_ptr<ManualClock> clock_;
  const std::shared_ptr<SeededExecutor> executor_;
  Job job_;
  uint64_t steps_ = 0;
  int waits_ = 0;
};

/// What is in flight there can't go on at another parallelism.
bool has_custom_partitioner(const StreamGraph& graph) {
  return std::any_of(graph.edges().begin(), graph.edges().end(),
                     [](const StreamEdge& edge) { return edge.strategy == ShipStrategy::kCustom; });
}

}  // namespace

void register_simulation(py::module_& module) {
  py::class_<CheckpointShelf, std::shared_ptr<CheckpointShelf>>(module, "CheckpointShelf")
      .def(py::init([] { return std::make_shared<CheckpointShelf>(); }))
      .def("close", &CheckpointShelf::close, "What the dead process still stores is passed over.")
      .def("latest", [](const CheckpointShelf& shelf) -> std::optional<uint64_t> {
        auto latest = shelf.latest();
        if (!latest) return std::nullopt;
        return latest->id;
      });

  py::reinterpret_borrow<py::class_<StreamGraph, std::shared_ptr<StreamGraph>>>(module.attr("StreamGraph"))
      .def(
          "simulate_checkpoints",
          [](StreamGraph& graph, const std::shared_ptr<CheckpointShelf>& shelf, int64_t interval,
             size_t max_concurrent, std::optional<int64_t> overtake_after) {
            CheckpointPlan plan;
            if (graph.checkpoints) plan = *graph.checkpoints;
            if (has_custom_partitioner(graph)) overtake_after.reset();
            if (overtake_after) max_concurrent = 1;
            plan.settings = {interval, 600'000, 0, max_concurrent, 0, 1, overtake_after.has_value()};
            plan.overtake_after = overtake_after;
            plan.make_storage = [shelf](const JobId&) { return shelf->open(); };
            graph.checkpoints = std::move(plan);
            graph.restored = shelf->latest();
          },
          py::kw_only(), py::arg("shelf"), py::arg("interval"), py::arg("max_concurrent"),
          py::arg("overtake_after") = py::none(),
          "Takes checkpoints to the shelf every so many milliseconds, and goes on from its latest.");

  py::class_<SimulatedJob>(module, "SimulatedJob")
      .def(py::init<std::shared_ptr<StreamGraph>, std::shared_ptr<ManualClock>, uint64_t, uint64_t>(),
           py::kw_only(), py::arg("graph"), py::arg("clock"), py::arg("seed"), py::arg("turns"),
           "One of so many steps turns the clock by a millisecond; the others run a task.")
      .def("run", &SimulatedJob::run, py::arg("steps"))
      .def_property_readonly("steps", &SimulatedJob::steps)
      .def("start", [](SimulatedJob& simulated) { simulated.job().start(); })
      .def("cancel", [](SimulatedJob& simulated) { simulated.job().cancel(); })
      .def_property_readonly("job_id", [](SimulatedJob& simulated) { return simulated.job().id().hex(); })
      .def("status", [](SimulatedJob& simulated) { return name_of(simulated.job().status()); })
      .def("failure", [](SimulatedJob& simulated) { return describe_failure(simulated.job().failure()); })
      .def("restarts", [](SimulatedJob& simulated) { return simulated.job().restarts(); })
      .def("runtime_millis", [](SimulatedJob& simulated) { return simulated.job().runtime_millis(); })
      .def("completed_checkpoints", [](SimulatedJob& simulated) {
        const JobCheckpoints* checkpoints = simulated.job().checkpoints();
        return checkpoints ? checkpoints->completed() : 0;
      });
}

}  // namespace pf::python
