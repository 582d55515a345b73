#include "bindings/python_async.h"

#include <algorithm>

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

void PythonAsync::open(OperatorContext& context) {
  Operator::open(context);
  answers_ = std::make_shared<AsyncAnswers>(context.request_turn);
  try {
    calls_ = function_->open.get()(describe(context), answers_);
  } catch (const py::error_already_set& error) {
    throw UserFailure(context, error, nullptr);
  }
}

void PythonAsync::close() {
  if (answers_) answers_->disconnect();
  rows_.reset();
  in_flight_.clear();
  ready_.clear();
  if (py::object calls = std::exchange(calls_, {})) {
    try {
      calls.attr("close")();
    } catch (const py::error_already_set& error) {
      throw UserFailure(*context_, error, nullptr);
    }
  }
}

Step PythonAsync::process_batch(int, Batch& batch, Outbox& out) {
  if (auto step = advance(out)) return *step;
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
  if (!queue_.has_room_for_watermark()) return unfinished(out);
  queue_.add_watermark(watermark);
  if (emit_ready(out) || failure_) context_->request_turn();
  return Step::kDone;
}

Step PythonAsync::take_turn(Outbox& out) { return advance(out).value_or(Step::kDone); }

Step PythonAsync::end_input(int, Outbox& out) {
  if (auto step = advance(out)) return *step;
  return queue_.empty() ? Step::kDone : unfinished(out);
}

/// Both bring the engine back: an empty outbox, and an answer or deadline.
Step PythonAsync::unfinished(const Outbox& out) const { return out.has_room() ? Step::kWait : Step::kAgain; }

void PythonAsync::begin_calls(const Batch& batch) {
  py::list begun;
  int64_t now = context_->clock->epoch_millis();
  for (; row_ < rows_->size() && queue_.has_room_for_call(); ++row_) {
    CallId call = next_call_++;
    auto record = py::reinterpret_borrow<py::object>((*rows_)[row_]);
    queue_.add_call(call);
    deadlines_.begin(call, now);
    begun.append(py::make_tuple(call, record));
    int64_t timestamp = batch.timestamps ? (*batch.timestamps)[row_] : kMinTimestamp;
    in_flight_.emplace(call, InFlight{std::move(record), timestamp, {}});
  }
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
  while (ready_.size() < context_->batch_size) {
    std::optional<AsyncQueue::Item> item = queue_.pop();
    if (!item) {
      flush(out);
      return false;
    }
    if (const auto* watermark = std::get_if<Watermark>(&*item)) {
      flush(out);
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
  flush(out);
  return true;
}

void PythonAsync::collect(CallId call) {
  InFlight done = std::move(in_flight_.extract(call).mapped());
  for (py::handle item : py::reinterpret_borrow<py::list>(done.result)) {
    PyObject* record = item.inc_ref().ptr();
    if (function_->output) record = function_->output->apply(record);
    if (!record) throw UserFailure(*context_, done.record.ptr());
    ready_.push_back(py::reinterpret_steal<py::object>(record));
    timestamps_.push_back(done.timestamp);
  }
}

void PythonAsync::flush(Outbox& out) {
  auto count = static_cast<std::ptrdiff_t>(std::min(ready_.size(), context_->batch_size));
  if (count == 0) return;
  std::vector<PyObject*> objects;
  objects.reserve(static_cast<size_t>(count));
  for (auto object = ready_.begin(); object != ready_.begin() + count; ++object) {
    objects.push_back(object->release().ptr());
  }
  ready_.erase(ready_.begin(), ready_.begin() + count);
  std::vector<int64_t> timestamps(timestamps_.begin(), timestamps_.begin() + count);
  timestamps_.erase(timestamps_.begin(), timestamps_.begin() + count);
  Batch batch;
  batch.values = std::make_shared<ObjectColumn>(std::move(objects));
  if (std::any_of(timestamps.begin(), timestamps.end(), [](int64_t time) { return time != kMinTimestamp; })) {
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps));
  }
  out.emit(std::move(batch));
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
