#include "bindings/python_reduce.h"

#include "base/error.h"
#include "bindings/detached.h"
#include "bindings/python_serializer.h"
#include "bindings/python_value.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Keys whose values are held above the state.
constexpr size_t kMostCached = 1 << 16;

/// The object under which state of a key is kept in a dict: those of two keys are equal where their bytes
/// are. New reference; null with an error pending.
PyObject* state_key(PyObject* key) {
  if (PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyBytes_CheckExact(key) || key == Py_None) {
    return Py_NewRef(key);
  }
  if (!PyTuple_CheckExact(key)) {
    // 1.0 and True are equal to 1, not a number not to itself, and lists have no hash.
    std::string bytes;
    ByteWriter out(bytes);
    try {
      write_key(key, out);
    } catch (py::error_already_set& error) {
      error.restore();
      return nullptr;
    }
    auto text = py::bytes(bytes);
    return PyTuple_Pack(2, reinterpret_cast<PyObject*>(Py_TYPE(key)), text.ptr());
  }
  Py_ssize_t size = PyTuple_GET_SIZE(key);
  PyObject* parts = PyTuple_New(size);
  for (Py_ssize_t i = 0; parts && i < size; ++i) {
    PyObject* part = state_key(PyTuple_GET_ITEM(key, i));
    if (!part) {
      Py_CLEAR(parts);
    } else {
      PyTuple_SET_ITEM(parts, i, part);
    }
  }
  return parts;
}

}  // namespace

void PythonReduce::open(OperatorContext& context) {
  Operator::open(context);
  timeout_.emplace(*context.clock, context.buffer_timeout_nanos);
  opened_.emplace(*function_, context);
  state_ = context.create_keyed_state(make_python_key_codec());
  StateDescriptor descriptor;
  descriptor.name = "value";
  descriptor.value = make_python_serializer("\"RECORD\"");
  values_.emplace(*state_, state_->declare(std::move(descriptor)));
  index_ = py::dict();
}

OperatorSnapshot PythonReduce::snapshot_state(const SnapshotContext& context) {
  OperatorSnapshot snapshot = opened_->snapshot_state(context);
  snapshot.keyed = naming_operator(*context_, [this] {
    flush_cache();
    return state_->snapshot();
  });
  return snapshot;
}

void PythonReduce::close() {
  for (PyObject* result : std::exchange(results_, {})) Py_DECREF(result);
  Py_CLEAR(last_value_);
  if (index_) clear_cache();
  index_ = py::object();
  values_.reset();
  state_.reset();
  if (!opened_) return;
  opened_->close();
  opened_.reset();
}

Step PythonReduce::process_batch(int, Batch& batch, Outbox& out) {
  PF_CHECK(batch.keys != nullptr);
  ObjectView rows(batch.values);
  ObjectView keys(batch.keys);
  size_t first = row_;
  timeout_->start();
  try {
    while (row_ < rows.size()) {
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
  if (cached_.size() > kMostCached) {
    flush_cache();
    clear_cache();
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
  Cached& cached = find(record, key);
  PyObject* before = cached.value;
  PyObject* result = before ? reduce(before, record) : Py_NewRef(record);
  if (!result) throw UserFailure(*context_, record);
  cached.value = result;
  cached.changed = true;
  Py_XDECREF(before);
  PyObject* emitted = detached(Py_NewRef(result));
  if (!emitted) throw UserFailure(*context_, record);
  results_.push_back(emitted);
}

PythonReduce::Cached& PythonReduce::find(PyObject* record, PyObject* key) {
  auto own_key = py::reinterpret_steal<py::object>(state_key(key));
  PyObject* place = own_key ? PyDict_GetItemWithError(index_.ptr(), own_key.ptr()) : nullptr;
  if (place) return cached_[PyLong_AsSize_t(place)];
  if (!own_key || PyErr_Occurred()) throw UserFailure(*context_, record);
  try {
    set_current(key);
    index_[own_key] = cached_.size();
  } catch (py::error_already_set& error) {
    throw UserFailure(*context_, error, record);
  }
  Datum* stored = values_->find();
  cached_.push_back({Py_NewRef(key), stored ? Py_NewRef(object_of(*stored)) : nullptr, false});
  return cached_.back();
}

void PythonReduce::set_current(PyObject* key) {
  key_bytes_.clear();
  ByteWriter out(key_bytes_);
  write_key(key, out);
  state_->set_current(key_bytes_);
}

void PythonReduce::flush_cache() {
  for (Cached& cached : cached_) {
    if (!std::exchange(cached.changed, false)) continue;
    set_current(cached.key);
    values_->put(datum_of(Py_NewRef(cached.value)));
  }
}

void PythonReduce::clear_cache() {
  index_.attr("clear")();
  for (const Cached& cached : std::exchange(cached_, {})) {
    Py_DECREF(cached.key);
    Py_XDECREF(cached.value);
  }
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
