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
  opened_.emplace(*function_, context);
  values_ = py::dict();
}

void PythonReduce::close() {
  values_ = py::object();
  if (!opened_) return;
  opened_->close();
  opened_.reset();
}

Step PythonReduce::process_batch(int, Batch& batch, Outbox& out) {
  PF_CHECK(batch.keys != nullptr);
  ObjectView rows(batch.values);
  ObjectView keys(batch.keys);
  std::vector<PyObject*> results;
  if (!context_->batch_mode) results.reserve(rows.size());
  auto drop_results = [&] {
    for (PyObject* result : results) Py_DECREF(result);
  };
  for (size_t row = 0; row < rows.size(); ++row) {
    PyObject* key = state_key(keys[row]);
    PyObject* value = key ? PyDict_GetItemWithError(values_.ptr(), key) : nullptr;
    PyObject* result = nullptr;
    if (value) {
      result = reduce(value, rows[row]);
    } else if (key && !PyErr_Occurred()) {
      result = Py_NewRef(rows[row]);
    }
    if (!result || PyDict_SetItem(values_.ptr(), key, result) < 0) {
      UserFailure failure(*context_, rows[row]);
      Py_XDECREF(key);
      Py_XDECREF(result);
      drop_results();
      throw failure;
    }
    Py_DECREF(key);
    if (context_->batch_mode) {
      Py_DECREF(result);
    } else {
      results.push_back(result);
    }
  }
  if (results.empty()) return Step::kDone;
  Batch reduced;
  reduced.values = std::make_shared<ObjectColumn>(std::move(results));
  reduced.timestamps = batch.timestamps;
  out.emit(std::move(reduced));
  return Step::kDone;
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
