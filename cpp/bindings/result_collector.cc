#include "bindings/result_collector.h"

#include "bindings/detached.h"
#include "bindings/object_column.h"
#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {
namespace {

struct Names {
  py::object tag_id = py::str("tag_id");
  py::object output_tag = py::module_::import("pyflinkpp.datastream.output_tag").attr("OutputTag");

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

}  // namespace

ResultCollector::ResultCollector(const PythonFunction& function, const OperatorContext& context)
    : outputs_(context.side_outputs.size() + 1),
      batch_size_(context.batch_size),
      has_chained_reader_(context.has_chained_reader) {
  outputs_[0].coercer = function.output;
  for (size_t i = 1; i < outputs_.size(); ++i) {
    outputs_[i].tag = context.side_outputs[i - 1];
    for (const auto& [tag, coercer] : function.side_outputs) {
      if (tag == outputs_[i].tag) outputs_[i].coercer = coercer;
    }
  }
}

ResultCollector::Taken ResultCollector::take(PyObject* results) {
  auto owned = py::reinterpret_steal<py::object>(results);
  if (results == Py_None) return Taken::kAll;
  if (PyList_CheckExact(results)) {
    bool ours = Py_REFCNT(results) == 1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(results); ++i) {
      PyObject* item = Py_NewRef(PyList_GET_ITEM(results, i));
      if (ours) PyList_SetItem(results, i, Py_NewRef(Py_None));
      if (!add_item(item)) return Taken::kFailed;
      if (is_known_to_user_ && i + 1 < PyList_GET_SIZE(results)) {
        iterator_ = py::iter(owned);
        iterator_.attr("__setstate__")(i + 1);
        return Taken::kSome;
      }
    }
    return Taken::kAll;
  }
  iterator_ = py::reinterpret_steal<py::object>(PyObject_GetIter(results));
  if (iterator_) return take_more();
  if (PyErr_ExceptionMatches(PyExc_TypeError) && !PyObject_HasAttrString(results, "__iter__")) {
    PyErr_Format(
        PyExc_TypeError,
        "the function returned %U of type %s: results have to be yielded, or returned as an iterable, "
        "or None for no results",
        shown(results).ptr(), Py_TYPE(results)->tp_name);
  }
  return Taken::kFailed;
}

ResultCollector::Taken ResultCollector::take_more() {
  do {
    PyObject* item = PyIter_Next(iterator_.ptr());
    if (!item) {
      iterator_ = py::object();
      return PyErr_Occurred() ? Taken::kFailed : Taken::kAll;
    }
    if (!add_item(item)) return Taken::kFailed;
  } while (!full() && !(slice_ && slice_->is_over()));
  return Taken::kSome;
}

bool ResultCollector::add_item(PyObject* item) {
  const Names& names = Names::get();
  bool tagged =
      PyTuple_CheckExact(item) && PyTuple_GET_SIZE(item) == 2 &&
      Py_IS_TYPE(PyTuple_GET_ITEM(item, 0), reinterpret_cast<PyTypeObject*>(names.output_tag.ptr()));
  if (!tagged) return add(item);
  auto owned = py::reinterpret_steal<py::object>(item);
  py::object tag =
      py::reinterpret_steal<py::object>(PyObject_GetAttr(PyTuple_GET_ITEM(item, 0), names.tag_id.ptr()));
  if (!tag) return false;
  auto wanted = py::cast<std::string>(tag);
  PyObject* value = Py_NewRef(PyTuple_GET_ITEM(item, 1));
  owned = py::object();
  for (size_t i = 1; i < outputs_.size(); ++i) {
    if (outputs_[i].tag == wanted) return add_to(outputs_[i], value);
  }
  Py_DECREF(value);
  return true;  // nobody reads that output
}

bool ResultCollector::add_to(Output& output, PyObject* record, py::object* input) {
  const Coercer* coercer = output.coercer.get();
  if (coercer) record = coercer->apply(record);
  if (!record) return false;
  if (!(coercer && coercer->gives_unchanging()) && !never_changes(record) && !protect(record, input)) {
    return false;
  }
  if (timestamp_ || !output.timestamps.empty()) {
    output.timestamps.resize(output.objects.size(), kMinTimestamp);
    output.timestamps.push_back(timestamp_.value_or(kMinTimestamp));
  }
  output.objects.push_back(record);
  full_ = is_known_to_user_ || output.objects.size() >= batch_size_ || full_;
  return true;
}

bool ResultCollector::protect(PyObject*& record, py::object* input) {
  if (input) *input = py::object();
  if (has_chained_reader_) {
    is_known_to_user_ = !is_ours_alone(record, 1) || is_known_to_user_;
    return true;
  }
  record = detached(record);
  return record != nullptr;
}

void ResultCollector::flush(Outbox& out) {
  full_ = is_known_to_user_ = false;
  for (size_t slot = 0; slot < outputs_.size(); ++slot) {
    Output& output = outputs_[slot];
    if (output.objects.empty()) continue;
    Batch batch;
    bool unchanging = output.coercer && output.coercer->gives_unchanging();
    batch.values = std::make_shared<ObjectColumn>(std::exchange(output.objects, {}), unchanging);
    if (!output.timestamps.empty()) {
      batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::exchange(output.timestamps, {}));
    }
    out.emit(std::move(batch), static_cast<int>(slot));
  }
}

void ResultCollector::drop() {
  full_ = is_known_to_user_ = false;
  iterator_ = py::object();
  for (Output& output : outputs_) {
    output.timestamps.clear();
    for (PyObject* object : std::exchange(output.objects, {})) Py_DECREF(object);
  }
}

}  // namespace pf::python
