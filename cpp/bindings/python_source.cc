#include "bindings/python_source.h"

#include <tuple>

#include "bindings/detached.h"
#include "bindings/object_column.h"
#include "bindings/python_function.h"
#include "bindings/python_lane.h"
#include "bindings/user_failure.h"
#include "control/time/watermark_output.h"

namespace py = pybind11;

namespace pf::python {
namespace {

struct PythonSourceSpec {
  GilHolder open;
  std::shared_ptr<const Coercer> coercer;
};

class PythonSource final : public Source {
 public:
  explicit PythonSource(std::shared_ptr<const PythonSourceSpec> spec) : spec_(std::move(spec)) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    try {
      state_ = std::make_shared<OperatorStateStore>(context);
      py::dict where = describe(context);
      where["operator_state"] = state_;
      reader_ = spec_->open.get()(where, py::cpp_function(context.wake));
    } catch (const py::error_already_set& error) {
      throw UserFailure(context, error, nullptr);
    }
  }

  Poll poll(Outbox& out) override {
    return take_polled(call("poll", context_->batch_size - pending_.size()), out);
  }

  Step prepare_snapshot(Outbox& out) override {
    flush(out);
    if (!py::hasattr(reader_, "prepare_snapshot")) return Step::kDone;
    if (!out.has_room()) return Step::kAgain;
    Poll answer = take_polled(call("prepare_snapshot", context_->batch_size), out);
    flush(out);
    return answer == Poll::kEnd ? Step::kDone : answer == Poll::kWait ? Step::kWait : Step::kAgain;
  }

  OperatorSnapshot snapshot_state(const SnapshotContext& checkpoint) override {
    call_hook(*context_, reader_, "snapshot_state", checkpoint.checkpoint_id, checkpoint.timestamp);
    return naming_operator(*context_, [this] {
      OperatorSnapshot snapshot;
      state_->snapshot(snapshot);
      return snapshot;
    });
  }

  void notify_checkpoint_complete(int64_t checkpoint_id) override {
    call_hook(*context_, reader_, "notify_checkpoint_complete", checkpoint_id);
  }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override {
    call_hook(*context_, reader_, "notify_checkpoint_aborted", checkpoint_id);
  }

  void close() override {
    for (PyObject* record : std::exchange(pending_, {})) Py_DECREF(record);
    auto state = std::exchange(state_, nullptr);
    auto reader = std::exchange(reader_, py::object());
    PythonLane::Shield shield;
    try {
      if (reader) reader.attr("close")();
    } catch (const py::error_already_set& error) {
      state->close();
      throw UserFailure(*context_, error, nullptr);
    }
    if (state) state->close();
  }

  bool needs_lane() const override { return true; }

 private:
  py::object call(const char* method, size_t limit) {
    return naming_operator(*context_, [&]() -> py::object {
      return reader_.attr(method)(context_->buffer_timeout_nanos == 0 ? 1 : limit);
    });
  }

  Poll take_polled(py::object polled, Outbox& out) {
    if (polled.is_none()) {
      flush(out);
      return Poll::kEnd;
    }
    py::object timestamps = py::none();
    py::object mark = py::none();
    if (PyTuple_Check(polled.ptr())) {
      std::tie(polled, timestamps, mark) = py::cast<std::tuple<py::object, py::object, py::object>>(polled);
    }
    auto list = py::cast<py::list>(polled);
    if (list.empty() && mark.is_none()) return Poll::kWait;
    pending_.reserve(pending_.size() + list.size());
    try {
      for (size_t i = 0; i < list.size(); ++i) {
        take(list, static_cast<Py_ssize_t>(i));
        if (!timestamps.is_none()) stamp(timestamps[py::int_(i)]);
      }
    } catch (const UserFailure&) {
      flush(out);
      throw;
    }
    // Without a timeout, what has come waits until the batch is full.
    bool waits = context_->buffer_timeout_nanos < 0 && pending_.size() < context_->batch_size;
    if (!waits || !mark.is_none()) flush(out);
    if (!mark.is_none()) emit_mark(mark, out);
    return Poll::kMore;
  }

  /// A record that the reader goes on knowing is copied: it may be emitted again.
  void take(const py::list& polled, Py_ssize_t index) {
    auto record = py::reinterpret_borrow<py::object>(PyList_GET_ITEM(polled.ptr(), index));
    PyObject* value = Py_NewRef(record.ptr());
    if (spec_->coercer) value = spec_->coercer->apply(value);
    if (!value) throw UserFailure(*context_, record.ptr());
    if (!never_changes(value)) {
      PyList_SetItem(polled.ptr(), index, Py_NewRef(Py_None));
      record = py::object();
      value = detached(value);
      if (!value) throw UserFailure(*context_, nullptr);
    }
    pending_.push_back(value);
  }

  /// The record taken last.
  void stamp(const py::object& timestamp) {
    timestamps_.resize(pending_.size(), kMinTimestamp);
    timestamps_.back() = py::cast<int64_t>(timestamp);
  }

  void emit_mark(const py::object& mark, Outbox& out) {
    if (!PyBool_Check(mark.ptr())) {
      emitter_.emit_watermark(py::cast<int64_t>(mark));
    } else if (mark.ptr() == Py_True) {
      emitter_.mark_idle();
    } else {
      emitter_.mark_active();
    }
    for (StreamElement& element : emitter_.pending()) out.emit_to_all(std::move(element));
    emitter_.pending().clear();
  }

  void flush(Outbox& out) {
    if (pending_.empty()) return;
    Batch batch;
    if (!timestamps_.empty()) {
      timestamps_.resize(pending_.size(), kMinTimestamp);
      batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::exchange(timestamps_, {}));
    }
    batch.values = std::make_shared<ObjectColumn>(std::exchange(pending_, {}));
    out.emit(std::move(batch));
  }

  std::shared_ptr<const PythonSourceSpec> spec_;
  std::shared_ptr<OperatorStateStore> state_;
  py::object reader_;
  std::vector<PyObject*> pending_;
  std::vector<int64_t> timestamps_;  // of the first of the pending records; none where no record has one
  WatermarkEmitter emitter_;
};

class PythonSourceFactory final : public SourceFactory {
 public:
  explicit PythonSourceFactory(std::shared_ptr<const PythonSourceSpec> spec) : spec_(std::move(spec)) {}
  std::unique_ptr<Source> create(uint32_t, uint32_t) const override {
    return std::make_unique<PythonSource>(spec_);
  }

 private:
  std::shared_ptr<const PythonSourceSpec> spec_;
};

}  // namespace

std::shared_ptr<const SourceFactory> make_python_source(py::object open,
                                                        std::shared_ptr<const Coercer> coercer) {
  auto spec = std::make_shared<PythonSourceSpec>();
  spec->open = GilHolder(std::move(open));
  spec->coercer = std::move(coercer);
  return std::make_shared<PythonSourceFactory>(std::move(spec));
}

}  // namespace pf::python
