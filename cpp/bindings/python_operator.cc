#include "bindings/python_operator.h"

#include "base/error.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

void PythonOperator::open(OperatorContext& context) {
  Operator::open(context);
  slice_.emplace(*context.clock, context.buffer_timeout_nanos);
  results_.emplace(*function_, context);
  results_->limit_to(&*slice_);
  opened_.emplace(*function_, context);
}

void PythonOperator::close() {
  rows_ = ObjectView();
  record_ = py::object();
  if (results_) results_->drop();
  FunctionOperator::close();
}

Step PythonOperator::process_batch(int input, Batch& batch, Outbox& out) {
  if (!started_) {
    rows_ = ObjectView(batch.values);
    row_ = 0;
    started_ = true;
  }
  slice_->start();
  bool done = false;
  try {
    done = call(opened_->call(input), batch, out);
  } catch (const UserFailure&) {
    flush(batch, out);
    throw;
  }
  flush(batch, out);
  if (!done) return Step::kAgain;
  rows_ = ObjectView();
  record_ = py::object();
  started_ = false;
  return Step::kDone;
}

bool PythonOperator::call(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  switch (call.form) {
    case ResultForm::kValue:
      return call_values(call, batch);
    case ResultForm::kPredicate:
      return call_predicate(call);
    case ResultForm::kIterable:
      return call_iterables(call, batch, out);
    case ResultForm::kNothing:
    case ResultForm::kBatch:
      break;
  }
  PF_CHECK(false);  // forms of sinks
}

bool PythonOperator::call_values(const OpenFunction::Call& call, const Batch& batch) {
  while (row_ < rows_.size()) {
    stamp_results(batch);
    record_ = py::reinterpret_steal<py::object>(rows_.take(row_));
    if (!results_->add(invoke(call), &record_)) fail();
    ++row_;
    if (slice_->is_over() || results_->full()) break;
  }
  return row_ == rows_.size();
}

bool PythonOperator::call_predicate(const OpenFunction::Call& call) {
  while (row_ < rows_.size()) {
    record_ = py::reinterpret_borrow<py::object>(rows_[row_]);
    PyObject* answer = invoke(call);
    int truth = answer == Py_True ? 1 : answer == Py_False ? 0 : PyObject_IsTrue(answer);
    Py_DECREF(answer);
    if (truth < 0) fail();
    if (truth > 0) passing_.push_back(static_cast<uint32_t>(row_));
    ++row_;
    if (slice_->is_over()) break;
  }
  return row_ == rows_.size();
}

bool PythonOperator::call_iterables(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  while (row_ < rows_.size()) {
    stamp_results(batch);
    bool goes_on = results_->has_more();
    if (!goes_on) record_ = py::reinterpret_steal<py::object>(rows_.take(row_));
    auto taken = goes_on ? results_->take_more() : results_->take(invoke(call));
    if (taken == ResultCollector::Taken::kFailed) fail();
    if (taken == ResultCollector::Taken::kSome) return false;
    ++row_;
    if (results_->full()) results_->flush(out);
    if (slice_->is_over() || !out.has_room()) break;
  }
  return row_ == rows_.size();
}

PyObject* PythonOperator::invoke(const OpenFunction::Call& call) {
  PyObject* arguments[] = {nullptr, record_.ptr()};
  PyObject* result =
      PyObject_Vectorcall(call.callable.ptr(), arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (!result) fail();
  return result;
}

void PythonOperator::stamp_results(const Batch& batch) {
  results_->set_timestamp(batch.timestamp_if_set(row_));
}

void PythonOperator::flush(const Batch& batch, Outbox& out) {
  results_->flush(out);
  if (passing_.empty()) return;
  out.emit(passing_.size() == batch.size() ? batch : batch.select(passing_));
  passing_.clear();
}

void PythonOperator::fail() { throw UserFailure(*context_, record_.ptr()); }

}  // namespace pf::python
