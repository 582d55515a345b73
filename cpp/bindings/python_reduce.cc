#include "bindings/python_reduce.h"

#include "base/error.h"
#include "bindings/detached.h"
#include "bindings/python_serializer.h"
#include "bindings/python_value.h"
#include "bindings/user_failure.h"
#include "dataflow/operator/other_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Keys whose values are held above the state.
constexpr size_t kMostCached = 1 << 16;

/// How far ahead of the row at work memory is prefetched, in rows.
constexpr size_t kEntryAhead = 8;
constexpr size_t kValueAhead = 4;

}  // namespace

void PythonReduce::open(OperatorContext& context) {
  Operator::open(context);
  timeout_.emplace(*context.clock, context.buffer_timeout_nanos);
  opened_.emplace(*function_, context);
  refuse_state_of_other_kind(context, "aggregates");
  state_ = context.create_keyed_state(make_python_key_codec());
  StateDescriptor descriptor;
  descriptor.name = "value";
  descriptor.value = make_python_serializer(schema_);
  values_.emplace(*state_, state_->declare(std::move(descriptor)));
}

OperatorSnapshot PythonReduce::snapshot_state(const SnapshotContext& context) {
  OperatorSnapshot snapshot = opened_->snapshot_state(context);
  snapshot.unwritten = naming_operator(*context_, [&] {
    flush_cache();
    recent_.clear();  // what a function may change comes from the state from now on, which writes it before
    return state_->freeze(context);
  });
  return snapshot;
}

void PythonReduce::close() {
  for (PyObject* result : std::exchange(results_, {})) Py_DECREF(result);
  Py_CLEAR(last_value_);
  recent_.clear();
  values_.reset();
  state_.reset();
  FunctionOperator::close();
}

Step PythonReduce::process_batch(int, Batch& batch, Outbox& out) {
  PF_CHECK(batch.keys != nullptr);
  ObjectView rows(batch.values);
  ObjectView keys(batch.keys);
  size_t first = row_;
  timeout_->start();
  try {
    while (row_ < rows.size()) {
      if (row_ + kEntryAhead < rows.size()) recent_.prefetch_entry(keys[row_ + kEntryAhead]);
      if (row_ + kValueAhead < rows.size()) recent_.prefetch_value(keys[row_ + kValueAhead]);
      add(rows[row_], keys[row_]);
      ++row_;
      if (timeout_->is_over()) break;
    }
  } catch (const UserFailure&) {
    emit(batch, first, out);
    throw;
  }
  emit(batch, first, out);
  if (row_ < rows.size()) return Step::kAgain;
  row_ = 0;
  if (recent_.size() > kMostCached) {
    flush_cache();
    recent_.clear();
  }
  return Step::kDone;
}

void PythonReduce::add_in_order(PyObject* record, PyObject* key) {
  key_bytes_.clear();
  ByteWriter out(key_bytes_);
  try {
    write_key(key, out);
  } catch (py::error_already_set& error) {
    throw UserFailure(*context_, error, record);
  }
  if (last_value_ && key_bytes_ == last_key_) {
    PyObject* result = reduce(last_value_, record);
    if (!result) throw UserFailure(*context_, record);
    Py_SETREF(last_value_, result);
    return;
  }
  if (last_value_) results_.push_back(last_value_);
  last_value_ = Py_NewRef(record);
  last_key_.swap(key_bytes_);
}

void PythonReduce::add(PyObject* record, PyObject* key) {
  if (context_->batch_mode) return add_in_order(record, key);
  RecentValues::Entry& recent = find(record, key);
  PyObject* before = recent.value;
  PyObject* result = before ? reduce(before, record) : Py_NewRef(record);
  if (!result) throw UserFailure(*context_, record);
  recent.value = result;
  recent.changed = true;
  bool unchanging = before && function_->output && function_->output->gives_unchanging();
  Py_XDECREF(before);
  PyObject* emitted = unchanging ? Py_NewRef(result) : detached(Py_NewRef(result));
  if (!emitted) throw UserFailure(*context_, record);
  results_.push_back(emitted);
}

RecentValues::Entry& PythonReduce::find(PyObject* record, PyObject* key) {
  const size_t known = recent_.size();
  RecentValues::Entry* entry = recent_.find_or_add(key);
  if (!entry) throw UserFailure(*context_, record);
  if (recent_.size() == known) return *entry;
  try {
    set_current(key);
  } catch (py::error_already_set& error) {
    throw UserFailure(*context_, error, record);
  }
  if (Datum* stored = values_->find()) entry->value = Py_NewRef(object_of(*stored));
  return *entry;
}

void PythonReduce::set_current(PyObject* key) {
  key_bytes_.clear();
  ByteWriter out(key_bytes_);
  write_key(key, out);
  state_->set_current(key_bytes_);
}

void PythonReduce::flush_cache() {
  recent_.for_each([this](RecentValues::Entry& recent) {
    if (!std::exchange(recent.changed, false)) return;
    set_current(recent.key);
    values_->put(datum_of(Py_NewRef(recent.value)));
  });
}

void PythonReduce::emit(const Batch& batch, size_t first, Outbox& out) {
  if (results_.empty()) return;
  Batch reduced;
  reduced.values = std::make_shared<ObjectColumn>(std::exchange(results_, {}));
  if (batch.timestamps && !context_->batch_mode) {
    auto begin = batch.timestamps->begin();
    reduced.timestamps = std::make_shared<const std::vector<int64_t>>(
        begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(row_));
  }
  out.emit(std::move(reduced));
}

Step PythonReduce::end_input(int, Outbox& out) {
  if (!last_value_) return Step::kDone;
  results_.push_back(std::exchange(last_value_, nullptr));
  emit({}, 0, out);
  return Step::kDone;
}

PyObject* PythonReduce::reduce(PyObject* value, PyObject* record) {
  PyObject* arguments[] = {nullptr, value, record};
  PyObject* result = PyObject_Vectorcall(opened_->call(0).callable.ptr(), arguments + 1,
                                         2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result && function_->output) result = function_->output->apply(result);
  return result;
}

}  // namespace pf::python
