#include "bindings/python_operator.h"

#include "base/error.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Attributes of the context object that a process function is given.
struct Names {
  py::object timestamp = py::str("_timestamp");
  py::object key = py::str("_current_key");
  py::object tag_id = py::str("tag_id");
  py::object output_tag = py::module_::import("pyflinkpp.datastream.output_tag").attr("OutputTag");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

}  // namespace

void PythonOperator::open(OperatorContext& context) {
  Operator::open(context);
  pending_.resize(context.side_outputs.size() + 1);
  coercers_.assign(pending_.size(), nullptr);
  coercers_[0] = function_->output;
  for (size_t i = 0; i < context.side_outputs.size(); ++i) {
    for (const auto& [tag, coercer] : function_->side_outputs) {
      if (tag == context.side_outputs[i]) coercers_[i + 1] = coercer;
    }
  }
  timeout_.emplace(*context.clock, context.buffer_timeout_nanos);
  opened_.emplace(*function_, context);
}

Step PythonOperator::end_input(int, Outbox&) {
  if (++inputs_ended_ == opened_->inputs()) opened_->finish();
  return Step::kDone;
}

void PythonOperator::close() {
  iterator_ = py::object();
  rows_ = keys_ = ObjectView();
  for (Pending& pending : pending_) {
    for (PyObject* object : pending.objects) Py_DECREF(object);
    pending.objects.clear();
  }
  if (!opened_) return;
  opened_->close();
  opened_.reset();
}

Step PythonOperator::process_batch(int input, Batch& batch, Outbox& out) {
  const OpenFunction::Call& call = opened_->call(input);
  if (!started_) {
    rows_ = ObjectView(batch.values);
    keys_ = ObjectView(call.context ? batch.keys : nullptr);
    row_ = 0;
    started_ = true;
  }
  if (failure_) std::rethrow_exception(failure_);
  timeout_->start();
  try {
    if (call_form(call, batch, out) == Step::kAgain) return Step::kAgain;
  } catch (const UserFailure&) {
    flush(out);
    flush_passing(batch, out);
    if (out.has_room()) throw;
    // The results of earlier records go on first, and whoever receives them gets a turn.
    failure_ = std::current_exception();
    context_->wake();
    return Step::kWait;
  }
  rows_ = keys_ = ObjectView();
  started_ = false;
  return Step::kDone;
}

Step PythonOperator::call_form(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  switch (call.form) {
    case ResultForm::kValue:
      return call_values(call, batch, out);
    case ResultForm::kPredicate:
      return call_predicate(call, batch, out);
    case ResultForm::kIterable:
      return call_iterables(call, batch, out);
    case ResultForm::kNothing:
    case ResultForm::kBatch:
      break;
  }
  return call_sink(call, batch);
}

Step PythonOperator::call_values(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  pending_[0].objects.reserve(rows_.size() - row_);
  while (row_ < rows_.size()) {
    push_to(0, invoke(call, batch, row_), batch);
    ++row_;
    if (timeout_->is_over()) break;
  }
  flush(out);
  return row_ < rows_.size() ? Step::kAgain : Step::kDone;
}

Step PythonOperator::call_predicate(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  while (row_ < rows_.size()) {
    PyObject* answer = invoke(call, batch, row_);
    int truth = answer == Py_True ? 1 : answer == Py_False ? 0 : PyObject_IsTrue(answer);
    Py_DECREF(answer);
    if (truth < 0) fail(row_);
    if (truth > 0) passing_.push_back(static_cast<uint32_t>(row_));
    ++row_;
    if (!passing_.empty() && timeout_->is_over()) break;
  }
  flush_passing(batch, out);
  return row_ < rows_.size() ? Step::kAgain : Step::kDone;
}

Step PythonOperator::call_iterables(const OpenFunction::Call& call, const Batch& batch, Outbox& out) {
  if (iterator_) {
    if (!take_some(batch)) {
      flush(out);
      return Step::kAgain;
    }
    ++row_;
  }
  while (row_ < rows_.size()) {
    PyObject* result = invoke(call, batch, row_);
    bool all = take_all(result, batch);
    if (all) ++row_;
    if (pending_[0].objects.size() >= context_->batch_size || !all || timeout_->is_over()) {
      flush(out);
      if (!all || (!out.has_room() && row_ < rows_.size())) return Step::kAgain;
    }
  }
  flush(out);
  return Step::kDone;
}

Step PythonOperator::call_sink(const OpenFunction::Call& call, const Batch& batch) {
  if (call.form == ResultForm::kNothing) {
    for (; row_ < rows_.size(); ++row_) Py_DECREF(invoke(call, batch, row_));
    return Step::kDone;
  }
  py::list records(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) {
    PyList_SET_ITEM(records.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(rows_[i]));
  }
  PyObject* result = PyObject_CallOneArg(call.callable.ptr(), records.ptr());
  if (!result) throw UserFailure(*context_, nullptr);
  Py_DECREF(result);
  return Step::kDone;
}

PyObject* PythonOperator::invoke(const OpenFunction::Call& call, const Batch& batch, size_t row) {
  PyObject* result = nullptr;
  if (!call.context) {
    PyObject* arguments[] = {nullptr, rows_[row]};
    result =
        PyObject_Vectorcall(call.callable.ptr(), arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  } else {
    PyObject* context = call.context.ptr();
    const Names& names = Names::get();
    py::object timestamp = py::int_(batch.timestamps ? (*batch.timestamps)[row] : kMinTimestamp);
    if (PyObject_SetAttr(context, names.timestamp.ptr(), timestamp.ptr()) < 0) fail(row);
    if (keys_.size() > 0 && PyObject_SetAttr(context, names.key.ptr(), keys_[row]) < 0) fail(row);
    PyObject* arguments[] = {nullptr, rows_[row], context};
    result =
        PyObject_Vectorcall(call.callable.ptr(), arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  }
  if (!result) fail(row);
  return result;
}

bool PythonOperator::take_all(PyObject* items, const Batch& batch) {
  auto owned = py::reinterpret_steal<py::object>(items);
  if (items == Py_None) return true;
  if (PyList_CheckExact(items)) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); ++i) push(Py_NewRef(PyList_GET_ITEM(items, i)), batch);
    return true;
  }
  iterator_ = py::reinterpret_steal<py::object>(PyObject_GetIter(items));
  if (!iterator_) fail(row_);
  return take_some(batch);
}

/// Drains the iterator of row_ until it ends (true, and row_ is done with), or a batch is full or should
/// not wait any longer (false).
bool PythonOperator::take_some(const Batch& batch) {
  while (pending_[0].objects.size() < context_->batch_size) {
    PyObject* item = PyIter_Next(iterator_.ptr());
    if (!item) {
      iterator_ = py::object();
      if (PyErr_Occurred()) fail(row_);
      return true;
    }
    push(item, batch);
    if (timeout_->is_over()) break;
  }
  return false;
}

void PythonOperator::push(PyObject* item, const Batch& batch) {
  const Names& names = Names::get();
  bool tagged =
      PyTuple_CheckExact(item) && PyTuple_GET_SIZE(item) == 2 &&
      Py_IS_TYPE(PyTuple_GET_ITEM(item, 0), reinterpret_cast<PyTypeObject*>(names.output_tag.ptr()));
  if (!tagged) {
    push_to(0, item, batch);
    return;
  }
  py::str tag = py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(item, 0)).attr(names.tag_id);
  auto wanted = py::cast<std::string>(tag);
  for (size_t i = 0; i < context_->side_outputs.size(); ++i) {
    if (context_->side_outputs[i] != wanted) continue;
    push_to(i + 1, Py_NewRef(PyTuple_GET_ITEM(item, 1)), batch);
    break;
  }
  Py_DECREF(item);
}

void PythonOperator::push_to(size_t slot, PyObject* item, const Batch& batch) {
  if (coercers_[slot]) {
    item = coercers_[slot]->apply(item);
    if (!item) fail(row_);
  }
  pending_[slot].objects.push_back(item);
  if (batch.timestamps) pending_[slot].timestamps.push_back((*batch.timestamps)[row_]);
}

void PythonOperator::flush(Outbox& out) {
  for (size_t slot = 0; slot < pending_.size(); ++slot) {
    Pending& pending = pending_[slot];
    if (pending.objects.empty()) continue;
    Batch batch;
    batch.values = std::make_shared<ObjectColumn>(std::move(pending.objects));
    if (!pending.timestamps.empty()) {
      batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(pending.timestamps));
    }
    pending = Pending();
    out.emit(std::move(batch), static_cast<int>(slot));
  }
}

void PythonOperator::flush_passing(const Batch& batch, Outbox& out) {
  if (passing_.empty()) return;
  out.emit(passing_.size() == batch.size() ? batch : batch.select(passing_));
  passing_.clear();
}

void PythonOperator::fail(size_t row) { throw UserFailure(*context_, rows_[row]); }

}  // namespace pf::python
