#include "bindings/python_async.h"

#include <algorithm>

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/python_serializer.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

void PythonAsync::open(OperatorContext& context) {
  Operator::open(context);
  answers_ = std::make_shared<AsyncAnswers>(context.request_turn);
  results_.emplace(*function_, context);
  state_ = std::make_shared<OperatorStateStore>(context);
  records_ = &state_->lists().declare("_async_wait_operator_state_", Redistribution::kSplit,
                                      make_python_serializer("\"RECORD, TIMESTAMP\""));
  for (Datum item : records_->items()) {
    auto [record, timestamp] = py::cast<std::tuple<py::object, int64_t>>(object_of(item));
    restored_.push_back({std::move(record), timestamp});
  }
  records_->clear();
  try {
    py::dict where = describe(context);
    where["operator_state"] = state_;
    calls_ = function_->open.get()(where, answers_);
  } catch (const py::error_already_set& error) {
    throw UserFailure(context, error, nullptr);
  }
  if (!restored_.empty()) context.request_turn();
}

OperatorSnapshot PythonAsync::snapshot_state(const SnapshotContext& context) {
  call_hook(*context_, calls_, "snapshot_state", context.checkpoint_id, context.timestamp);
  std::vector<CallId> calls;
  for (const auto& [call, in_flight] : in_flight_) calls.push_back(call);
  std::sort(calls.begin(), calls.end());
  std::vector<Datum> items;
  auto keep = [&](const py::object& record, int64_t timestamp) {
    items.push_back(datum_of(py::make_tuple(record, timestamp).release().ptr()));
  };
  for (CallId call : calls) keep(in_flight_.at(call).record, in_flight_.at(call).timestamp);
  for (const Waiting& waiting : restored_) keep(waiting.record, waiting.timestamp);
  records_->update(std::move(items));
  OperatorSnapshot snapshot;
  naming_operator(*context_, [&] { state_->snapshot(snapshot); });
  records_->clear();
  return snapshot;
}

void PythonAsync::notify_checkpoint_complete(int64_t checkpoint_id) {
  call_hook(*context_, calls_, "notify_checkpoint_complete", checkpoint_id);
}

void PythonAsync::notify_checkpoint_aborted(int64_t checkpoint_id) {
  call_hook(*context_, calls_, "notify_checkpoint_aborted", checkpoint_id);
}

void PythonAsync::close() {
  if (answers_) answers_->disconnect();
  rows_.reset();
  in_flight_.clear();
  restored_.clear();
  results_.reset();
  std::optional<UserFailure> failure;
  if (py::object calls = std::exchange(calls_, {})) {
    try {
      calls.attr("close")();
    } catch (const py::error_already_set& error) {
      failure.emplace(*context_, error, nullptr);
    }
  }
  if (state_) state_->close();
  if (failure) throw UserFailure(*failure);
}

Step PythonAsync::process_batch(int, Batch& batch, Outbox& out) {
  if (auto step = advance(out)) return *step;
  if (!restored_.empty()) return unfinished(out);
  if (!rows_) {
    rows_.emplace(batch.values);
    row_ = 0;
  }
  begin_calls(batch);
  if (row_ < rows_->size()) return unfinished(out);
  rows_.reset();
  return Step::kDone;
}

Step PythonAsync::process_watermark(Watermark watermark, Outbox& out) {
  if (auto step = advance(out)) return *step;
  if (!restored_.empty() || !queue_.has_room_for_watermark()) return unfinished(out);
  queue_.add_watermark(watermark);
  if (emit_ready(out) || failure_) context_->request_turn();
  return Step::kDone;
}

Step PythonAsync::take_turn(Outbox& out) { return advance(out).value_or(Step::kDone); }

Step PythonAsync::end_input(int, Outbox& out) {
  if (auto step = advance(out)) return *step;
  return queue_.empty() && restored_.empty() ? Step::kDone : unfinished(out);
}

/// Both bring the engine back: an empty outbox, and an answer or deadline.
Step PythonAsync::unfinished(const Outbox& out) const { return out.has_room() ? Step::kWait : Step::kAgain; }

void PythonAsync::begin_restored() {
  py::list begun;
  for (; !restored_.empty() && queue_.has_room_for_call(); restored_.pop_front()) {
    add_call(std::move(restored_.front().record), restored_.front().timestamp, begun);
  }
  tell_begun(begun);
}

void PythonAsync::begin_calls(const Batch& batch) {
  py::list begun;
  for (; row_ < rows_->size() && queue_.has_room_for_call(); ++row_) {
    int64_t timestamp = batch.timestamp_of(row_);
    add_call(py::reinterpret_borrow<py::object>((*rows_)[row_]), timestamp, begun);
  }
  tell_begun(begun);
}

void PythonAsync::add_call(py::object record, int64_t timestamp, py::list& begun) {
  CallId call = next_call_++;
  queue_.add_call(call);
  deadlines_.begin(call, context_->clock->epoch_millis());
  begun.append(py::make_tuple(call, record));
  in_flight_.emplace(call, InFlight{std::move(record), timestamp, {}});
}

void PythonAsync::tell_begun(const py::list& begun) {
  if (begun.empty()) return;
  tell("begin", begun);
  context_->request_turn_at(deadlines_.next());
}

/// Does what answers and time ask for. Gives the answer to be returned when there is more to emit, and
/// nothing when the caller can go on.
std::optional<Step> PythonAsync::advance(Outbox& out) {
  if (!failure_) {
    take_answers();
    act_on_deadlines();
  }
  bool more = emit_ready(out);
  if (!failure_) begin_restored();
  if (failure_ && !more) std::rethrow_exception(failure_);
  return more ? std::optional(Step::kAgain) : std::nullopt;
}

void PythonAsync::take_answers() {
  int64_t now = context_->clock->epoch_millis();
  for (AsyncAnswer& answer : answers_->take()) {
    switch (answer.kind) {
      case AsyncAnswer::Kind::kRetry:
        deadlines_.retry_at(answer.call, now + py::cast<int64_t>(answer.value));
        break;
      case AsyncAnswer::Kind::kFailure: {
        if (failure_) break;
        auto found = in_flight_.find(answer.call);
        PyObject* record = found == in_flight_.end() ? nullptr : found->second.record.ptr();
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(answer.value.ptr())), answer.value.ptr());
        failure_ = std::make_exception_ptr(UserFailure(*context_, record));
        break;
      }
      case AsyncAnswer::Kind::kResult:
        PF_CHECK(deadlines_.end(answer.call));
        in_flight_.at(answer.call).result = std::move(answer.value);
        queue_.complete(answer.call);
    }
  }
}

void PythonAsync::act_on_deadlines() {
  AsyncDeadlines::Due due = deadlines_.take_due(context_->clock->epoch_millis());
  if (!due.timed_out.empty()) tell("time_out", due.timed_out);
  if (!due.to_retry.empty()) tell("retry", due.to_retry);
  context_->request_turn_at(deadlines_.next());
}

/// Emits up to one batch or watermark of what may leave. True when there may be more.
bool PythonAsync::emit_ready(Outbox& out) {
  while (!results_->full()) {
    std::optional<AsyncQueue::Item> item = queue_.pop();
    if (!item) {
      results_->flush(out);
      return false;
    }
    if (const auto* watermark = std::get_if<Watermark>(&*item)) {
      results_->flush(out);
      out.emit_to_all(*watermark);
      return true;
    }
    try {
      collect(std::get<CallId>(*item));
    } catch (const UserFailure&) {
      failure_ = std::current_exception();
      while (queue_.pop()) continue;  // results after a failure stay behind
    }
  }
  results_->flush(out);
  return true;
}

void PythonAsync::collect(CallId call) {
  InFlight done = std::move(in_flight_.extract(call).mapped());
  results_->set_timestamp(done.timestamp == kMinTimestamp ? std::nullopt : std::optional(done.timestamp));
  for (py::handle record : py::reinterpret_borrow<py::list>(done.result)) {
    if (!results_->add(record.inc_ref().ptr())) throw UserFailure(*context_, done.record.ptr());
  }
}

template <typename... Arguments>
void PythonAsync::tell(const char* method, Arguments&&... arguments) {
  try {
    calls_.attr(method)(std::forward<Arguments>(arguments)...);
  } catch (const py::error_already_set& error) {
    throw UserFailure(*context_, error, nullptr);
  }
}

}  // namespace pf::python
