#include "bindings/window_objects.h"

namespace py = pybind11;

namespace pf::python {

WindowObjects::WindowObjects(const std::string& kind, py::object read, py::object write)
    : kind_(kind == "time"     ? Kind::kTime
            : kind == "count"  ? Kind::kCount
            : kind == "global" ? Kind::kGlobal
                               : Kind::kCustom),
      read_(std::move(read)),
      write_(std::move(write)) {
  py::object module = py::module_::import("pyflinkpp.datastream.window");
  if (kind_ == Kind::kTime) type_ = module.attr("TimeWindow");
  if (kind_ == Kind::kCount) type_ = module.attr("CountWindow");
  if (kind_ == Kind::kGlobal) last_ = module.attr("GlobalWindow").attr("get")();
}

PyObject* WindowObjects::object_of(const Window& window) {
  if (kind_ != Kind::kGlobal && (!last_ || last_bytes_ != window.bytes)) {
    last_ = make(window.bytes);
    last_bytes_ = window.bytes;
  }
  return last_.ptr();
}

py::object WindowObjects::make(std::string_view bytes) const {
  if (kind_ == Kind::kCount) return type_(count_window_number(bytes));
  if (kind_ == Kind::kCustom) return read_(py::bytes(bytes.data(), bytes.size()));
  TimeSpan span = time_span_of(bytes);
  return type_(span.start, span.end);
}

int64_t WindowObjects::number_of(PyObject* object, const char* attribute) const {
  if (!PyObject_IsInstance(object, type_.ptr())) {
    PyErr_Format(PyExc_TypeError,
                 "the serializer of the assigner's windows is one of %R, and this is none: %R", type_.ptr(),
                 object);
    throw py::error_already_set();
  }
  return py::cast<int64_t>(py::handle(object).attr(attribute));
}

Window WindowObjects::window_of(PyObject* object) const {
  if (kind_ == Kind::kGlobal) return global_window();
  if (kind_ == Kind::kTime) return time_window({number_of(object, "start"), number_of(object, "end")});
  if (kind_ == Kind::kCount) return count_window(number_of(object, "id"));
  Window window;
  window.bytes = py::cast<std::string>(py::bytes(write_(py::handle(object))));
  window.max_timestamp = py::cast<int64_t>(py::handle(object).attr("max_timestamp")());
  return window;
}

Window WindowObjects::decode(std::string_view bytes) {
  if (kind_ == Kind::kGlobal) return global_window();
  if (kind_ == Kind::kTime) return time_window(time_span_of(bytes));
  if (kind_ == Kind::kCount) return count_window(count_window_number(bytes));
  Window window{std::string(bytes), 0};
  window.max_timestamp = py::cast<int64_t>(py::handle(object_of(window)).attr("max_timestamp")());
  return window;
}

}  // namespace pf::python
