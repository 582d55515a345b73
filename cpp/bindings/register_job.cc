#include <thread>

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "base/error.h"
#include "bindings/coercer.h"
#include "bindings/collect_sink.h"
#include "bindings/column_from_objects.h"
#include "bindings/described_failure.h"
#include "bindings/infer_column.h"
#include "bindings/native_column.h"
#include "bindings/object_column.h"
#include "bindings/python_key.h"
#include "bindings/python_lane.h"
#include "bindings/python_value.h"
#include "bindings/register.h"
#include "bindings/state_rows.h"
#include "bindings/user_failure.h"
#include "dataflow/operator/operator_failure.h"
#include "runtime/job.h"
#include "runtime/tbb_executor.h"
#include "runtime/thread_executor.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// One job with executors of its own: created, waited for and destroyed by Python code.
class LocalJob {
 public:
  LocalJob(std::shared_ptr<StreamGraph> graph, int workers, uint64_t seed, std::shared_ptr<Clock> clock)
      : clock_(std::move(clock)),
        native_(std::make_shared<TbbExecutor>(workers)),
        lane_(std::make_shared<PythonLane>()),
        io_(std::make_shared<ThreadExecutor>()),
        job_(std::make_unique<Job>(std::move(graph), native_, lane_, io_, *clock_, seed)) {}

  Job& job() { return *job_; }
  /// Over means that the files of its checkpoints are what they shall be, too.
  bool wait(int64_t millis) {
    if (!job_->wait(millis)) return false;
    io_->drain();
    return true;
  }
  PythonLane& lane() { return *lane_; }

 private:
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<TbbExecutor> native_;
  std::shared_ptr<PythonLane> lane_;
  std::shared_ptr<ThreadExecutor> io_;
  std::unique_ptr<Job> job_;
};

/// Records as a column of the type with the descriptor, or of their own if that is None. Throws
/// error_already_set or type_error where they don't fit.
ColumnPtr laid_out(const ColumnPtr& rows, py::handle descriptor) {
  const TypeInfoPtr type = descriptor.is_none() ? nullptr : type_info_from(descriptor);
  if (!rows->opaque() && (!type || rows->type()->equals(*type))) return rows;
  ObjectView view(rows);
  std::vector<PyObject*> objects(view.size());
  for (size_t i = 0; i < objects.size(); ++i) objects[i] = view[i];
  if (type) return column_from_objects(objects, type);
  ColumnPtr column = infer_column(objects);
  if (!column)
    throw py::type_error("the records are not all of one type that Arrow has: declare output_type");
  return column;
}

/// Lets go of a job without the GIL, which its lane needs in order to end.
struct WithoutGil {
  void operator()(LocalJob* job) const {
    py::gil_scoped_release release;
    delete job;
  }
};
using LocalJobHolder = std::unique_ptr<LocalJob, WithoutGil>;

using Entry = py::typing::Dict<py::str, py::object>;
using Entries = py::typing::List<Entry>;

/// Lets `call` call a listener; nobody but the interpreter can be told what that raises.
template <typename Call>
void tell(const GilHolder& listener, const char* name, Call call) {
  py::gil_scoped_acquire gil;
  try {
    call(listener.get());
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable(name);
  }
}

/// Calls `listener(restarts, failure)`, the failure as `describe_failure` has it, at each restart.
void tell_restarts(LocalJob& local, py::object listener) {
  auto held = std::make_shared<GilHolder>(std::move(listener));
  local.job().on_restart([held](uint32_t restarts, const std::exception_ptr& failure) {
    tell(*held, "the listener of restarts",
         [&](const py::object& to) { to(restarts, describe_failure(failure)); });
  });
}

const char* name_of(CheckpointNews::Kind kind) {
  switch (kind) {
    case CheckpointNews::Kind::kFailed:
      return "failed";
    case CheckpointNews::Kind::kDamaged:
      return "damaged";
    case CheckpointNews::Kind::kRestored:
      return "restored";
  }
  return "";
}

/// Calls `listener(kind, checkpoint, what)` for each news: kind is 'failed', 'damaged' or 'restored'.
void tell_checkpoint_news(LocalJob& local, py::object listener) {
  auto held = std::make_shared<GilHolder>(std::move(listener));
  local.job().on_checkpoint_news([held](const CheckpointNews& news) {
    tell(*held, "the listener of checkpoints",
         [&](const py::object& to) { to(name_of(news.kind), news.checkpoint, news.what); });
  });
}

CheckpointPurpose purpose_of(const std::string& name) {
  if (name == "savepoint") return CheckpointPurpose::kSavepoint;
  if (name == "suspend") return CheckpointPurpose::kSuspend;
  if (name == "drain") return CheckpointPurpose::kDrain;
  throw py::value_error("a savepoint is a 'savepoint', or to 'suspend' or 'drain' a job, not '" + name + "'");
}

std::string trigger_savepoint(LocalJob& local, const Location& directory, const std::string& purpose) {
  const CheckpointPurpose for_what = purpose_of(purpose);
  py::gil_scoped_release release;
  return local.job().trigger_savepoint(directory, for_what).get();
}

using Rows = py::typing::List<py::object>;

/// What a queryable state has for a key: its kind, and its rows as RowReader has them; None where that is
/// nothing.
std::optional<std::pair<std::string, Rows>> look_up(LocalJob& local, const std::string& name,
                                                    const py::object& key, py::handle key_type) {
  const Job& job = local.job();
  auto type = coercer_of(key_type);
  const TypeInfoPtr declared =
      job.job_graph().stream_graph().key_type(job.queryable_states().find(name).node);
  if (!type && declared) type = Coercer::of(*declared);
  const auto as = py::reinterpret_steal<py::object>(as_key(Py_NewRef(key.ptr()), type.get()));
  if (!as) throw py::error_already_set();
  std::string bytes;
  ByteWriter out(bytes);
  write_key(as.ptr(), out);
  const int32_t hash_code = hash_code_of(as.ptr());
  std::shared_ptr<const KeyedSnapshot> found;
  try {
    py::gil_scoped_release release;
    found = job.look_up(name, bytes, hash_code).get();
  } catch (const py::error_already_set& error) {
    if (error.matches(PyExc_Exception)) throw;
    // What ends the job's functions shall not end whoever asks.
    throw Error("the queryable state '" + name + "' could not be read: " + error.what());
  }
  if (!found) return std::nullopt;
  const KeyedSnapshot::State& state = found->states().front();
  const RowReader reader(state);
  Rows rows;
  found->for_each_row(state, [&](const KeyedRow& row) { rows.append(reader.read(row)); });
  return std::pair(kind_of(state), rows);
}

Entries describe_metrics(LocalJob& local) {
  auto graph = local.job().execution_graph();
  Entries operators;
  for (const auto& report : graph->operators()) {
    const StreamNode& node = local.job().job_graph().stream_graph().node(report.node);
    Entry entry;
    entry["id"] = report.node;
    entry["name"] = node.name;
    entry["subtask"] = report.subtask;
    entry["numRecordsIn"] = report.metrics->records_in.value();
    entry["numRecordsOut"] = report.metrics->records_out.value();
    entry["numBatchesIn"] = report.metrics->batches_in.value();
    entry["numBatchesOut"] = report.metrics->batches_out.value();
    entry["numLateRecordsDropped"] = report.metrics->late_records_dropped.value();
    entry["currentInputWatermark"] = report.metrics->input_watermark.value();
    entry["currentOutputWatermark"] = report.metrics->output_watermark.value();
    const auto& of_inputs = report.metrics->watermarks_of_inputs;
    for (size_t input = 0; input < of_inputs.size(); ++input) {
      const std::string name = "currentInput" + std::to_string(input + 1) + "Watermark";
      entry[name.c_str()] = of_inputs[input].value();
    }
    operators.append(entry);
  }
  return operators;
}

Entries describe_tasks(LocalJob& local) {
  Entries tasks;
  auto graph = local.job().execution_graph();
  for (const auto& task : graph->tasks()) {
    TaskMetrics& metrics = task->metrics();
    Entry entry;
    entry["name"] = task->name();
    entry["vertex"] = task->attempt().vertex;
    entry["subtask"] = task->attempt().subtask;
    entry["numBytesIn"] = metrics.bytes_in.value();
    entry["numBytesOut"] = metrics.bytes_out.value();
    entry["busyTimeMs"] = metrics.busy_nanos.value() / 1'000'000;
    entry["idleTimeMs"] = metrics.idle_nanos.value() / 1'000'000;
    entry["backPressuredTimeMs"] = metrics.backpressured_nanos.value() / 1'000'000;
    const CheckpointMetrics& checkpoint = task->checkpoint_metrics();
    entry["checkpointStartDelayNanos"] = checkpoint.start_delay_nanos.value();
    entry["checkpointAlignmentTime"] = checkpoint.alignment_nanos.value();
    entry["checkpointProcessedData"] = checkpoint.processed_bytes.value();
    entry["checkpointPersistedData"] = checkpoint.persisted_bytes.value();
    tasks.append(entry);
  }
  return tasks;
}

Entry describe_checkpoint(const CheckpointStatistics& of) {
  Entry entry;
  entry["id"] = of.id;
  entry["is_savepoint"] = of.is_savepoint;
  entry["trigger_timestamp"] = of.trigger_timestamp;
  entry["end_to_end_duration"] = of.end_to_end_duration;
  entry["sync_duration"] = of.sync_duration;
  entry["async_duration"] = of.async_duration;
  entry["checkpointed_size"] = of.checkpointed_size;
  entry["state_size"] = of.state_size;
  return entry;
}

}  // namespace

void register_job(py::module_& module) {
  py::class_<ResultQueue, std::shared_ptr<ResultQueue>>(module, "ResultQueue")
      .def(py::init([](size_t batches, bool checkpoints, bool exactly_once) {
             Collecting collecting = !checkpoints   ? Collecting::kAtOnce
                                     : exactly_once ? Collecting::kOnceSafe
                                                    : Collecting::kRepeatedly;
             return std::make_shared<ResultQueue>(batches, collecting);
           }),
           py::kw_only(), py::arg("batches"), py::arg("checkpoints"), py::arg("exactly_once"))
      .def(
          "pop",
          [](ResultQueue& queue, int64_t millis) -> py::typing::Optional<py::typing::List<py::object>> {
            ColumnPtr rows;
            {
              py::gil_scoped_release release;
              rows = queue.pop(millis);
            }
            if (!rows) return py::none();
            ObjectView view(rows);
            py::list list(view.size());
            for (size_t i = 0; i < view.size(); ++i) {
              PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(view[i]));
            }
            return list;
          },
          py::arg("millis"))
      .def(
          "pop_column",
          [](ResultQueue& queue, int64_t millis, py::handle type) -> std::optional<NativeColumn> {
            ColumnPtr rows;
            {
              py::gil_scoped_release release;
              rows = queue.pop(millis);
            }
            if (!rows) return std::nullopt;
            return NativeColumn{laid_out(rows, type)};
          },
          py::arg("millis"), py::arg("type"),
          "As `pop`, laid out as a column of the type; of the type that the values have where that is None.")
      .def("recover", &ResultQueue::recover, py::arg("checkpoint"),
           "The process has died, and another one goes on from this checkpoint, or from the beginning.");

  py::class_<ManualClock, std::shared_ptr<ManualClock>>(module, "ManualClock")
      .def(py::init<int64_t>(), py::arg("epoch_millis"))
      .def("epoch_millis", &ManualClock::epoch_millis)
      .def(
          "advance_towards",
          [](ManualClock& clock, int64_t epoch_millis) {
            py::gil_scoped_release release;
            return clock.advance_towards(epoch_millis);
          },
          py::arg("epoch_millis"));

  py::class_<LocalJob, LocalJobHolder>(module, "LocalJob")
      .def(py::init([](std::shared_ptr<StreamGraph> graph, int workers, uint64_t seed,
                       std::optional<std::shared_ptr<ManualClock>> turned) {
             std::shared_ptr<Clock> clock = std::make_shared<SystemClock>();
             if (turned) clock = *turned;
             if (workers <= 0) workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
             py::gil_scoped_release release;
             return LocalJobHolder(new LocalJob(std::move(graph), workers, seed, std::move(clock)));
           }),
           py::arg("graph"), py::arg("workers") = 0, py::arg("seed") = 0, py::arg("clock") = py::none())
      .def("at_rest", [](LocalJob& local) { return local.job().at_rest(); })
      .def_property_readonly("job_id", [](LocalJob& local) { return local.job().id().hex(); })
      .def("on_restart", &tell_restarts, py::arg("listener"))
      .def("on_checkpoint_news", &tell_checkpoint_news, py::arg("listener"))
      .def("start",
           [](LocalJob& local) {
             py::gil_scoped_release release;
             local.job().start();
           })
      .def("cancel",
           [](LocalJob& local) {
             py::gil_scoped_release release;
             local.job().cancel();
           })
      .def(
          "interrupt_functions",
          [](LocalJob& local, py::handle exception_type, bool closing_too) {
            return local.lane().interrupt(exception_type.ptr(), closing_too);
          },
          py::arg("exception_type"), py::arg("closing_too"), "Whether any ran that could be interrupted.")
      .def("is_closing_functions", [](LocalJob& local) { return local.lane().is_shielded(); })
      .def("stop_functions",
           [](LocalJob& local) {
             py::gil_scoped_release release;
             local.lane().stop();
           })
      // A function that nothing can interrupt holds the lane for ever; so does whoever waits for it.
      .def("abandon", [](const py::object& local) { local.inc_ref(); })
      .def(
          "wait",
          [](LocalJob& local, int64_t millis) {
            py::gil_scoped_release release;
            return local.wait(millis);
          },
          py::arg("millis"))
      .def("status", [](LocalJob& local) { return name_of(local.job().status()); })
      .def("failure", [](LocalJob& local) { return describe_failure(local.job().failure()); })
      .def("restarts", [](LocalJob& local) { return local.job().restarts(); })
      .def("completed_checkpoints",
           [](LocalJob& local) {
             const JobCheckpoints* checkpoints = local.job().checkpoints();
             return checkpoints ? checkpoints->completed() : 0;
           })
      .def(
          "checkpoint_statistics",
          [](LocalJob& local) {
            py::typing::List<Entry> all;
            const JobCheckpoints* checkpoints = local.job().checkpoints();
            if (!checkpoints) return all;
            for (const CheckpointStatistics& of : checkpoints->statistics())
              all.append(describe_checkpoint(of));
            return all;
          },
          "Of the latest complete ones, oldest first; durations in ms, sizes in bytes.")
      .def(
          "last_checkpoint_statistics",
          [](LocalJob& local) -> std::optional<Entry> {
            const JobCheckpoints* checkpoints = local.job().checkpoints();
            auto last = checkpoints ? checkpoints->last_statistics() : std::nullopt;
            return last ? std::optional(describe_checkpoint(*last)) : std::nullopt;
          },
          "Of the latest complete one.")
      .def(
          "checkpoint_counts",
          [](LocalJob& local) -> std::optional<std::map<std::string, std::optional<int64_t>>> {
            const JobCheckpoints* checkpoints = local.job().checkpoints();
            if (!checkpoints) return std::nullopt;
            const CheckpointCounts counts = checkpoints->counts();
            return std::map<std::string, std::optional<int64_t>>{
                {"in_progress", counts.in_progress},
                {"completed", counts.completed},
                {"failed", counts.failed},
                {"restored_at", counts.restored_at},
            };
          },
          "With savepoints; None of a job that can take none. `restored_at` in ms since the epoch.")
      .def(
          "latest_checkpoint",
          [](LocalJob& local) -> std::optional<std::pair<uint64_t, std::string>> {
            const JobCheckpoints* checkpoints = local.job().checkpoints();
            auto latest = checkpoints ? checkpoints->latest() : std::nullopt;
            if (!latest) return std::nullopt;
            return std::pair(latest->id, latest->location);
          },
          "Its id and its folder; an empty text where it is in memory.")
      .def(
          "trigger_savepoint", &trigger_savepoint, py::arg("directory"), py::arg("purpose"),
          "'savepoint', 'suspend' or 'drain'. Its folder, once it is complete; nothing else happens with it.")
      .def("look_up", &look_up, py::arg("name"), py::arg("key"), py::arg("key_type"),
           "The kind of a queryable state, and its rows for the key; None where it has none.")
      .def("runs_this_thread", [](LocalJob& local) { return local.lane().runs_this_thread(); })
      .def("runtime_millis", [](LocalJob& local) { return local.job().runtime_millis(); })
      .def("operator_metrics", &describe_metrics)
      .def("task_metrics", &describe_tasks)
      .def("execution_graph_json", [](LocalJob& local) { return local.job().execution_graph()->to_json(); });

  py::register_exception<Error>(module, "EngineError",
                                py::module_::import("pyflinkpp.common.errors").attr("PyFlinkppError"));
}

}  // namespace pf::python
