#include "bindings/process_operator.h"

#include <utility>

#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// How long timers wait for the row at hand where results wait for a full batch, in nanoseconds.
constexpr int64_t kPatience = 1'000'000;

}  // namespace

void ProcessOperator::open(OperatorContext& context) {
  Operator::open(context);
  slice_.emplace(*context.clock, context.buffer_timeout_nanos);
  if (context.buffer_timeout_nanos < 0) patience_.emplace(*context.clock, kPatience);
  results_.emplace(*function_, context);
  results_->limit_to(&*slice_);
  scope_ = std::make_shared<ProcessScope>(context, keyed_);
  opened_.emplace(*function_, context, py::cast(scope_));
}

void ProcessOperator::close() {
  rows_ = keys_ = ObjectView();
  record_ = py::object();
  if (results_) results_->drop();
  FunctionOperator::close();
  if (scope_) scope_->close();
}

OperatorSnapshot ProcessOperator::snapshot_state(const SnapshotContext& context) {
  OperatorSnapshot snapshot = opened_->snapshot_state(context);
  snapshot.unwritten = naming_operator(*context_, [&] { return scope_->freeze(context); });
  return snapshot;
}

Step ProcessOperator::process_batch(int input, Batch& batch, Outbox& out) {
  const OpenFunction::Call& call = opened_->call(input);
  if (!started_) {
    rows_ = ObjectView(batch.values);
    keys_ = ObjectView(batch.keys);
    scope_->begin_batch();
    row_ = 0;
    started_ = true;
  }
  slice_->start();
  if (patience_) patience_->start();
  bool took_long = results_->has_more();
  while (row_ < rows_.size()) {
    if (context_->batch_mode && keys_.size() > 0 && !end_key_before(keys_[row_], out)) return Step::kAgain;
    if (!process_row(call, batch, out)) return Step::kAgain;
    ++row_;
    const bool slice_is_over = std::exchange(took_long, false) || slice_->is_over();
    if (slice_is_over) results_->flush(out);
    // Timers fire at their time, and a cancelled job ends, also where a row takes long.
    const bool pauses = slice_is_over || !out.has_room() || (patience_ && patience_->is_over());
    if (pauses && row_ < rows_.size()) return Step::kYield;
  }
  results_->flush(out);
  scope_->set_no_key();  // it was only borrowed
  rows_ = keys_ = ObjectView();
  record_ = py::object();
  started_ = false;
  return Step::kDone;
}

std::optional<size_t> ProcessOperator::pause_in_batch(Outbox& out) {
  if (results_->has_more()) return std::nullopt;
  results_->flush(out);
  return row_;
}

bool ProcessOperator::process_row(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  if (results_->has_more()) return collected(results_->take_more(), out);
  record_ = py::reinterpret_steal<py::object>(rows_.take(row_));
  const std::optional<int64_t> timestamp = batch.timestamp_if_set(row_);
  scope_->set_element(timestamp);
  results_->set_timestamp(timestamp);
  if (keys_.size() == 0) {
    scope_->set_no_key();
  } else if (keyed_ && !scope_->set_key(keys_, row_)) {
    fail(out, record_.ptr());
  }
  PyObject* arguments[] = {nullptr, record_.ptr(), call.context.ptr()};
  size_t count = call.context ? 2 : 1;
  PyObject* result = PyObject_Vectorcall(call.callable.ptr(), arguments + 1,
                                         count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (!result) fail(out, record_.ptr());
  if (call.form == ResultForm::kIterable) return collect(result, out);
  if (call.form == ResultForm::kPredicate) result = passing(result, out);
  if (result && !results_->add(result, &record_)) fail(out, record_.ptr());
  if (results_->full()) results_->flush(out);
  return true;
}

PyObject* ProcessOperator::passing(PyObject* answer, Outbox& out) {
  int truth = PyObject_IsTrue(answer);
  Py_DECREF(answer);
  if (truth < 0) fail(out, record_.ptr());
  return truth > 0 ? Py_NewRef(record_.ptr()) : nullptr;
}

bool ProcessOperator::collect(PyObject* results, Outbox& out) {
  return collected(results ? results_->take(results) : ResultCollector::Taken::kFailed, out);
}

bool ProcessOperator::collected(ResultCollector::Taken taken, Outbox& out) {
  if (taken == ResultCollector::Taken::kFailed) fail(out, started_ ? record_.ptr() : nullptr);
  bool all = taken == ResultCollector::Taken::kAll;
  if (!all || results_->full()) results_->flush(out);
  return all;
}

bool ProcessOperator::end_key_before(PyObject* key, Outbox& out) {
  if (!key_is_over_ && !results_->has_more() && scope_->leaves_timers_to(key)) {
    key_is_over_ = true;
    scope_->end_time();
  }
  if (!key_is_over_) return true;
  const bool within_a_batch = std::exchange(started_, false);
  const bool all_fired = fire_all_timers(out);
  started_ = within_a_batch;
  if (!all_fired) return false;
  key_is_over_ = false;
  scope_->begin_time();
  return true;
}

bool ProcessOperator::fire_all_timers(Outbox& out) {
  return fire_timers(ProcessScope::Domain::kEventTime, out) == Step::kDone &&
         fire_timers(ProcessScope::Domain::kProcessingTime, out) == Step::kDone;
}

Step ProcessOperator::process_watermark(Watermark watermark, Outbox& out) {
  if (context_->batch_mode && watermark.timestamp == kMaxTimestamp) {
    scope_->end_time();
    if (!fire_all_timers(out)) return Step::kAgain;
    out.emit_to_all(watermark);
    return Step::kDone;
  }
  scope_->advance_watermark(watermark.timestamp);
  if (fire_timers(ProcessScope::Domain::kEventTime, out) == Step::kAgain) return Step::kAgain;
  out.emit_to_all(watermark);
  return Step::kDone;
}

Step ProcessOperator::take_turn(Outbox& out) {
  if (context_->batch_mode) return Step::kDone;                // a key's timers wait for its last record
  const bool within_a_batch = std::exchange(started_, false);  // a failure is not its next row's
  Step answer = fire_timers(ProcessScope::Domain::kProcessingTime, out);
  started_ = within_a_batch;
  return answer;
}

Step ProcessOperator::fire_timers(ProcessScope::Domain domain, Outbox& out) {
  if (!keyed_) return Step::kDone;
  bool event_time = domain == ProcessScope::Domain::kEventTime;
  slice_->start();
  if (results_->has_more() && !collected(results_->take_more(), out)) return Step::kAgain;
  TimerService& timers = *scope_->timers();
  while (auto time = event_time ? timers.next_event_timer() : timers.next_processing_timer()) {
    if (!fire_timer(*time, domain, out) || !out.has_room()) return Step::kAgain;
  }
  results_->flush(out);
  scope_->set_no_key();
  return Step::kDone;
}

bool ProcessOperator::fire_timer(int64_t time, ProcessScope::Domain domain, Outbox& out) {
  const py::object& on_timer = opened_->on_timer();
  if (!on_timer) return true;
  scope_->set_timer(time, domain);
  results_->set_timestamp(domain == ProcessScope::Domain::kEventTime ? std::optional(time) : std::nullopt);
  auto timestamp = py::int_(time);
  PyObject* arguments[] = {nullptr, timestamp.ptr(), opened_->call(0).context.ptr()};
  return collect(
      PyObject_Vectorcall(on_timer.ptr(), arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr), out);
}

void ProcessOperator::fail(Outbox& out, PyObject* record) {
  UserFailure failure(*context_, record);
  results_->flush(out);
  throw failure;
}

}  // namespace pf::python
