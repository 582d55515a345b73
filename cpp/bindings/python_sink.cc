#include "bindings/python_sink.h"

#include <pybind11/stl.h>

#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

void add_sink_context(py::module_& module) {
  py::class_<SinkContext, std::shared_ptr<SinkContext>>(module, "SinkContext")
      .def("current_processing_time", &SinkContext::current_processing_time)
      .def("current_watermark", &SinkContext::current_watermark)
      .def("timestamp", &SinkContext::timestamp)
      .def("call_at", &SinkContext::call_at, py::arg("epoch_millis"),
           "Asks for a call of the sink's on_timer at this time; of several times the last counts.")
      .def_property_readonly("keyed", [](const SinkContext&) { return false; });
}

void PythonSink::open(OperatorContext& context) {
  Operator::open(context);
  slice_.emplace(*context.clock, context.buffer_timeout_nanos);
  time_ = std::make_shared<SinkContext>(context);
  opened_.emplace(*function_, context, py::cast(time_));
}

void PythonSink::close() {
  rows_ = ObjectView();
  FunctionOperator::close();
  if (time_) time_->close();
}

Step PythonSink::process_batch(int, Batch& batch, Outbox&) {
  if (!started_) {
    rows_ = ObjectView(batch.values);
    row_ = 0;
    started_ = true;
  }
  const OpenFunction::Call& call = opened_->call(0);
  if (call.form == ResultForm::kBatch) {
    call_batch(call.callable);
  } else if (!call_records(call.callable, batch)) {
    return Step::kAgain;
  }
  rows_ = ObjectView();
  started_ = false;
  return Step::kDone;
}

bool PythonSink::call_records(const py::object& callable, const Batch& batch) {
  slice_->start();
  while (row_ < rows_.size()) {
    auto record = py::reinterpret_borrow<py::object>(rows_[row_]);
    time_->set_timestamp(batch.timestamp_if_set(row_));
    PyObject* arguments[] = {nullptr, record.ptr()};
    PyObject* result =
        PyObject_Vectorcall(callable.ptr(), arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (!result) throw UserFailure(*context_, record.ptr());
    Py_DECREF(result);
    ++row_;
    if (slice_->is_over()) break;
  }
  return row_ == rows_.size();
}

void PythonSink::call_batch(const py::object& callable) {
  py::list records(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) {
    PyList_SET_ITEM(records.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(rows_[i]));
  }
  PyObject* result = PyObject_CallOneArg(callable.ptr(), records.ptr());
  if (!result) throw UserFailure(*context_, nullptr);
  Py_DECREF(result);
}

Step PythonSink::process_watermark(Watermark watermark, Outbox& out) {
  time_->advance_watermark(watermark.timestamp);
  out.emit_to_all(watermark);
  return Step::kDone;
}

Step PythonSink::take_turn(Outbox&) {
  if (!time_->take_call() || !opened_->on_timer()) return Step::kDone;
  naming_operator(*context_, [this] { opened_->on_timer()(time_->current_processing_time(), py::none()); });
  return Step::kDone;
}

}  // namespace pf::python
