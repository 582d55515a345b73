#include "bindings/python_event_time.h"

#include <pybind11/stl.h>

#include "bindings/gil_holder.h"
#include "bindings/item_read.h"
#include "bindings/object_column.h"
#include "bindings/python_function.h"
#include "bindings/shown.h"
#include "bindings/user_failure.h"
#include "dataflow/operator/buffer_timeout.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// What a generator written in Python is given to emit to; connected during a call only.
class OutputHandle {
 public:
  WatermarkOutput* target = nullptr;

  WatermarkOutput& connected() const {
    if (!target) {
      PyErr_SetString(PyExc_RuntimeError,
                      "a WatermarkOutput is valid only during the call of on_event or on_periodic_emit");
      throw py::error_already_set();
    }
    return *target;
  }
};

/// The rows of the batch at work as Python objects.
class Rows {
 public:
  const ObjectView& of(const Batch& batch) {
    if (column_ != batch.values) {
      column_ = batch.values;
      view_ = ObjectView(column_);
    }
    return view_;
  }
  void clear() {
    column_ = nullptr;
    view_ = ObjectView();
  }

 private:
  ColumnPtr column_;
  ObjectView view_;
};

class PythonGenerator final : public WatermarkGenerator {
 public:
  PythonGenerator(const OperatorContext& context, Rows& rows, const py::object& generator)
      : context_(context),
        rows_(rows),
        on_event_(generator.attr("on_event")),
        on_periodic_emit_(generator.attr("on_periodic_emit")),
        output_(py::cast(OutputHandle())),
        handle_(py::cast<OutputHandle*>(output_)) {}

  void on_events(const Batch& batch, size_t begin, size_t end, std::span<const int64_t> timestamps,
                 WatermarkOutput& out) override {
    const ObjectView& rows = rows_.of(batch);
    for (size_t row = begin; row < end; ++row) {
      auto timestamp = py::int_(timestamps[row]);
      PyObject* arguments[] = {nullptr, rows[row], timestamp.ptr(), output_.ptr()};
      call(on_event_, arguments, 3, out, rows[row]);
    }
    if (end == batch.size()) rows_.clear();
  }

  void on_periodic_emit(int64_t, WatermarkOutput& out) override {
    PyObject* arguments[] = {nullptr, output_.ptr()};
    call(on_periodic_emit_, arguments, 1, out, nullptr);
  }

  bool row_by_row() const override { return true; }

 private:
  void call(const py::object& method, PyObject** arguments, size_t count, WatermarkOutput& out,
            PyObject* record) {
    handle_->target = &out;
    auto result = py::reinterpret_steal<py::object>(
        PyObject_Vectorcall(method.ptr(), arguments + 1, count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
    handle_->target = nullptr;
    if (!result) throw UserFailure(context_, record);
  }

  const OperatorContext& context_;
  Rows& rows_;
  py::object on_event_;
  py::object on_periodic_emit_;
  py::object output_;
  OutputHandle* handle_;
};

class PythonEventTime final : public EventTime, private TimestampAssigner {
 public:
  PythonEventTime(const OperatorContext& context, const py::object& open, GeneratorSettings generator)
      : context_(context), generator_(generator), timeout_(*context.clock, context.buffer_timeout_nanos) {
    try {
      py::object opened = open(describe(context));
      extract_ = opened.attr("extract");
      item_ = ItemRead(py::cast<std::optional<Py_ssize_t>>(opened.attr("item")));
      create_generator_ = opened.attr("create_generator");
    } catch (const py::error_already_set& error) {
      throw UserFailure(context, error, nullptr);
    }
  }

  TimestampAssigner* assigner() override { return extract_.is_none() ? nullptr : this; }

  std::unique_ptr<WatermarkGenerator> create_generator() override {
    if (create_generator_.is_none()) return generator_.create();
    try {
      auto generator = std::make_unique<PythonGenerator>(context_, rows_, create_generator_());
      if (generator_.idle_timeout_nanos == 0) return generator;
      return make_with_idleness(std::move(generator), generator_.idle_timeout_nanos);
    } catch (const py::error_already_set& error) {
      throw UserFailure(context_, error, nullptr);
    }
  }

 private:
  size_t assign(const Batch& batch, size_t begin, size_t end, std::span<int64_t> timestamps) override {
    const ObjectView& rows = rows_.of(batch);
    timeout_.start();
    size_t row = begin;
    while (row < end) {
      timestamps[row] = extract(rows[row], timestamps[row]);
      ++row;
      if (timeout_.is_over()) break;
    }
    if (row == batch.size() && create_generator_.is_none()) rows_.clear();
    return row;
  }

  int64_t extract(PyObject* value, int64_t before) {
    auto timestamp = py::reinterpret_borrow<py::object>(item_.of(value));
    if (!timestamp) timestamp = called(value, before);
    try {
      return millis_from(timestamp.ptr(), "extract_timestamp returned");
    } catch (const py::error_already_set& error) {
      throw UserFailure(context_, error, value);
    }
  }

  py::object called(PyObject* value, int64_t before) {
    auto record_timestamp = py::int_(before);
    PyObject* arguments[] = {nullptr, value, record_timestamp.ptr()};
    auto timestamp = py::reinterpret_steal<py::object>(
        PyObject_Vectorcall(extract_.ptr(), arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
    if (!timestamp) throw UserFailure(context_, value);
    return timestamp;
  }

  const OperatorContext& context_;
  const GeneratorSettings generator_;
  py::object extract_;
  ItemRead item_;
  py::object create_generator_;
  BufferTimeout timeout_;
  Rows rows_;
};

class PythonStrategy final : public WatermarkStrategy {
 public:
  PythonStrategy(py::object open, GeneratorSettings generator, int64_t interval_millis,
                 std::optional<WatermarkAlignment> alignment)
      : WatermarkStrategy(interval_millis, std::move(alignment)),
        open_(std::move(open)),
        generator_(generator) {}
  std::unique_ptr<EventTime> open(OperatorContext& context) const override {
    return std::make_unique<PythonEventTime>(context, open_.get(), generator_);
  }
  bool needs_lane() const override { return true; }

 private:
  GilHolder open_;
  const GeneratorSettings generator_;
};

}  // namespace

int64_t millis_from(PyObject* object, const char* origin) {
  PyObject* number = PyBool_Check(object) ? nullptr : PyNumber_Index(object);
  if (!number) {
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError,
                 "%s %U of type %s; a time is an int, in milliseconds since 1970-01-01T00:00:00Z", origin,
                 shown(object).ptr(), Py_TYPE(object)->tp_name);
    throw py::error_already_set();
  }
  int overflow = 0;
  int64_t millis = PyLong_AsLongLongAndOverflow(number, &overflow);
  Py_DECREF(number);
  if (overflow != 0) {
    PyErr_Format(PyExc_OverflowError, "%s %U, but a time in milliseconds has 64 bits", origin,
                 shown(object).ptr());
    throw py::error_already_set();
  }
  return millis;
}

std::shared_ptr<const WatermarkStrategy> make_python_strategy(py::object open, GeneratorSettings generator,
                                                              int64_t interval_millis,
                                                              std::optional<WatermarkAlignment> alignment) {
  return std::make_shared<PythonStrategy>(std::move(open), generator, interval_millis, std::move(alignment));
}

void register_watermark_output(py::module_& module) {
  py::class_<OutputHandle>(module, "WatermarkOutput")
      .def(
          "emit_watermark",
          [](OutputHandle& output, const py::object& timestamp) {
            output.connected().emit_watermark(millis_from(timestamp.ptr(), "emit_watermark was given"));
          },
          py::arg("timestamp"))
      .def("mark_idle", [](OutputHandle& output) { output.connected().mark_idle(); })
      .def("mark_active", [](OutputHandle& output) { output.connected().mark_active(); });
}

}  // namespace pf::python
