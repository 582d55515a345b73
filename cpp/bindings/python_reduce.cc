#include "bindings/python_reduce.h"

#include "base/error.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

PyObject* state_key(PyObject* key) {
  if (PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyBytes_CheckExact(key) || key == Py_None) {
    return Py_NewRef(key);
  }
  if (!PyTuple_CheckExact(key)) {
    return PyTuple_Pack(2, reinterpret_cast<PyObject*>(Py_TYPE(key)), key);
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

void PythonReduce::open(OperatorContext& context) {
  Operator::open(context);
  timeout_.emplace(*context.clock, context.buffer_timeout_nanos);
  opened_.emplace(*function_, context);
  values_ = py::dict();
}

void PythonReduce::close() {
  values_ = py::object();
  for (PyObject* result : std::exchange(results_, {})) Py_DECREF(result);
  if (!opened_) return;
  opened_->close();
  opened_.reset();
}

Step PythonReduce::process_batch(int, Batch& batch, Outbox& out) {
  PF_CHECK(batch.keys != nullptr);
  if (failure_) std::rethrow_exception(failure_);
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
    if (results_.empty()) throw;
    // The results of earlier records go on first, and whoever receives them gets a turn.
    flush(batch, first, out);
    failure_ = std::current_exception();
    context_->wake();
    return Step::kWait;
  }
  flush(batch, first, out);
  if (row_ < rows.size()) return Step::kAgain;
  row_ = 0;
  return Step::kDone;
}

void PythonReduce::add(PyObject* record, PyObject* key) {
  auto own_key = py::reinterpret_steal<py::object>(state_key(key));
  PyObject* value = own_key ? PyDict_GetItemWithError(values_.ptr(), own_key.ptr()) : nullptr;
  py::object result;
  if (value) {
    result = py::reinterpret_steal<py::object>(reduce(value, record));
  } else if (own_key && !PyErr_Occurred()) {
    result = py::reinterpret_borrow<py::object>(record);
  }
  if (!result || PyDict_SetItem(values_.ptr(), own_key.ptr(), result.ptr()) < 0) {
    throw UserFailure(*context_, record);
  }
  if (!context_->batch_mode) results_.push_back(result.release().ptr());
}

void PythonReduce::flush(const Batch& batch, size_t first, Outbox& out) {
  if (results_.empty()) return;
  Batch reduced;
  reduced.values = std::make_shared<ObjectColumn>(std::exchange(results_, {}));
  if (batch.timestamps) {
    auto begin = batch.timestamps->begin();
    reduced.timestamps = std::make_shared<const std::vector<int64_t>>(
        begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(row_));
  }
  out.emit(std::move(reduced));
}

Step PythonReduce::end_input(int, Outbox& out) {
  if (!context_->batch_mode) return Step::kDone;
  py::list values = values_.attr("values")();
  size_t end = std::min(values.size(), emitted_at_end_ + context_->batch_size);
  std::vector<PyObject*> final_values;
  for (; emitted_at_end_ < end; ++emitted_at_end_) {
    final_values.push_back(
        Py_NewRef(PyList_GET_ITEM(values.ptr(), static_cast<Py_ssize_t>(emitted_at_end_))));
  }
  if (final_values.empty()) return Step::kDone;
  Batch batch;
  batch.values = std::make_shared<ObjectColumn>(std::move(final_values));
  out.emit(std::move(batch));
  return emitted_at_end_ < values.size() ? Step::kAgain : Step::kDone;
}

PyObject* PythonReduce::reduce(PyObject* value, PyObject* record) {
  PyObject* arguments[] = {nullptr, value, record};
  PyObject* result = PyObject_Vectorcall(opened_->call(0).callable.ptr(), arguments + 1,
                                         2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result && function_->output) result = function_->output->apply(result);
  return result;
}

}  // namespace pf::python
