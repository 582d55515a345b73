#include "bindings/process_types.h"

#include <new>

#include "bindings/gc_tracking.h"
#include "bindings/python_serializer.h"
#include "state/value_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using ScopePtr = std::shared_ptr<ProcessScope>;

/// A Python object around a C++ value. Made by `make`, destroyed with the last reference.
template <typename T>
struct Boxed {
  PyObject_HEAD;
  T value;

  static PyTypeObject* type;

  static T& of(PyObject* self) { return reinterpret_cast<Boxed*>(self)->value; }
  static py::object make(T value) {
    auto* self = reinterpret_cast<Boxed*>(type->tp_alloc(type, 0));
    if (!self) throw py::error_already_set();
    new (&self->value) T(std::move(value));
    return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(self));
  }
  static void destroy(PyObject* self) {
    PyTypeObject* own = Py_TYPE(self);
    of(self).~T();
    own->tp_free(self);
    Py_DECREF(own);
  }
  static void add(py::module_& module, const char* name, const char* doc, PyMethodDef* methods) {
    PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(&destroy)},
                           {Py_tp_methods, methods},
                           {Py_tp_doc, const_cast<char*>(doc)},
                           {0, nullptr}};
    std::string full = std::string("pyflinkpp._native.") + name;
    PyType_Spec spec = {full.c_str(), sizeof(Boxed), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    auto made = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
    if (!made) throw py::error_already_set();
    module.attr(name) = made;
    type = reinterpret_cast<PyTypeObject*>(made.release().ptr());  // lives as long as the process
  }
};
template <typename T>
PyTypeObject* Boxed<T>::type = nullptr;

/// Runs C++ code for a method of Python's, and turns what it throws into a Python error.
template <typename Body>
PyObject* guarded(Body body) {
  try {
    return body();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

bool refuse(const ProcessScope& scope, PyObject* type = PyExc_RuntimeError) {
  std::string trouble = scope.trouble();
  if (trouble.empty()) return false;
  PyErr_SetString(scope.keyed() ? PyExc_RuntimeError : type, trouble.c_str());
  return true;
}

// -- TimerService

struct Timers {
  ScopePtr scope;
};
using TimersBox = Boxed<Timers>;

template <void (TimerService::*change)(int64_t)>
PyObject* change_timer(PyObject* self, PyObject* time) {
  ProcessScope& scope = *TimersBox::of(self).scope;
  if (!scope.has_current_key() && refuse(scope, PyExc_NotImplementedError)) return nullptr;
  int64_t millis = PyLong_AsLongLong(time);
  if (millis == -1 && PyErr_Occurred()) return nullptr;
  return guarded([&] {
    (scope.timers()->*change)(millis);
    return Py_NewRef(Py_None);
  });
}

PyObject* timers_processing_time(PyObject* self, PyObject*) {
  return PyLong_FromLongLong(TimersBox::of(self).scope->current_processing_time());
}

PyObject* timers_watermark(PyObject* self, PyObject*) {
  return PyLong_FromLongLong(TimersBox::of(self).scope->current_watermark());
}

PyMethodDef timers_methods[] = {
    {"current_processing_time", timers_processing_time, METH_NOARGS, "current_processing_time(self) -> int"},
    {"current_watermark", timers_watermark, METH_NOARGS, "current_watermark(self) -> int"},
    {"register_event_time_timer", change_timer<&TimerService::register_event_timer>, METH_O,
     "register_event_time_timer(self, timestamp: int) -> None"},
    {"register_processing_time_timer", change_timer<&TimerService::register_processing_timer>, METH_O,
     "register_processing_time_timer(self, timestamp: int) -> None"},
    {"delete_event_time_timer", change_timer<&TimerService::delete_event_timer>, METH_O,
     "delete_event_time_timer(self, timestamp: int) -> None"},
    {"delete_processing_time_timer", change_timer<&TimerService::delete_processing_timer>, METH_O,
     "delete_processing_time_timer(self, timestamp: int) -> None"},
    {nullptr, nullptr, 0, nullptr}};

// -- ProcessContext

struct Context {
  ScopePtr scope;
  py::object timers;
};
using ContextBox = Boxed<Context>;

PyObject* context_timestamp(PyObject* self, PyObject*) {
  return PyLong_FromLongLong(ContextBox::of(self).scope->timestamp().value_or(kMinTimestamp));
}

PyObject* context_timer_service(PyObject* self, PyObject*) {
  return Py_NewRef(ContextBox::of(self).timers.ptr());
}

PyObject* context_key(PyObject* self, PyObject*) {
  return guarded([&] { return ContextBox::of(self).scope->key(); });
}

PyObject* context_time_domain(PyObject* self, PyObject*) {
  static PyObject* domains = py::module_::import("pyflinkpp.datastream.time_domain")
                                 .attr("TimeDomain")
                                 .cast<py::object>()
                                 .release()
                                 .ptr();
  switch (ContextBox::of(self).scope->domain()) {
    case ProcessScope::Domain::kEventTime:
      return PyObject_GetAttrString(domains, "EVENT_TIME");
    case ProcessScope::Domain::kProcessingTime:
      return PyObject_GetAttrString(domains, "PROCESSING_TIME");
    case ProcessScope::Domain::kNone:
      break;
  }
  return Py_NewRef(Py_None);
}

PyObject* context_processing_time(PyObject* self, PyObject*) {
  return PyLong_FromLongLong(ContextBox::of(self).scope->current_processing_time());
}

PyObject* context_watermark(PyObject* self, PyObject*) {
  return PyLong_FromLongLong(ContextBox::of(self).scope->current_watermark());
}

PyMethodDef context_methods[] = {
    {"timestamp", context_timestamp, METH_NOARGS, "timestamp(self) -> int"},
    {"timer_service", context_timer_service, METH_NOARGS, "timer_service(self) -> TimerService"},
    {"get_current_key", context_key, METH_NOARGS, "get_current_key(self) -> object"},
    {"time_domain", context_time_domain, METH_NOARGS, "time_domain(self) -> object"},
    {"current_processing_time", context_processing_time, METH_NOARGS, "current_processing_time(self) -> int"},
    {"current_watermark", context_watermark, METH_NOARGS, "current_watermark(self) -> int"},
    {nullptr, nullptr, 0, nullptr}};

// -- ValueState

struct Value {
  ScopePtr scope;
  StateId id;
  std::shared_ptr<const Coercer> type;

  ValueState state() const { return ValueState(*scope->state(), id); }
};
using ValueBox = Boxed<Value>;

PyObject* value_get(PyObject* self, PyObject*) {
  Value& value = ValueBox::of(self);
  if (!value.scope->has_current_key() && refuse(*value.scope)) return nullptr;
  return guarded([&] {
    ValueState state = value.state();
    Datum* found = state.find();
    return Py_NewRef(found ? object_of(*found) : Py_None);
  });
}

PyObject* value_update(PyObject* self, PyObject* object) {
  Value& value = ValueBox::of(self);
  if (!value.scope->has_current_key() && refuse(*value.scope)) return nullptr;
  return guarded([&]() -> PyObject* {
    if (object == Py_None) {
      value.state().clear();
      return Py_NewRef(Py_None);
    }
    if (!has_type(value.type.get(), object)) return nullptr;
    untrack_if_flat(object);
    value.state().put(datum_of(Py_NewRef(object)));
    return Py_NewRef(Py_None);
  });
}

PyObject* value_clear(PyObject* self, PyObject*) {
  Value& value = ValueBox::of(self);
  if (!value.scope->has_current_key() && refuse(*value.scope)) return nullptr;
  return guarded([&] {
    value.state().clear();
    return Py_NewRef(Py_None);
  });
}

PyMethodDef value_methods[] = {{"value", value_get, METH_NOARGS, "value(self) -> object"},
                               {"update", value_update, METH_O, "update(self, value: object) -> None"},
                               {"clear", value_clear, METH_NOARGS, "clear(self) -> None"},
                               {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::object make_timer_service(const ScopePtr& scope) { return TimersBox::make({scope}); }

py::object make_process_context(const ScopePtr& scope) {
  return ContextBox::make({scope, make_timer_service(scope)});
}

py::object make_value_state(const ScopePtr& scope, StateId state, std::shared_ptr<const Coercer> type) {
  return ValueBox::make({scope, state, std::move(type)});
}

bool has_type(const Coercer* type, PyObject* value) {
  if (!type || type->fits(value)) return true;
  PyObject* coerced = type->apply(Py_NewRef(value));
  Py_XDECREF(coerced);
  return coerced != nullptr;
}

void add_process_types(py::module_& module) {
  TimersBox::add(module, "TimerService", "Clock, watermark and timers of a process function.",
                 timers_methods);
  ContextBox::add(module, "ProcessContext", "What a process function is told beside the element.",
                  context_methods);
  ValueBox::add(module, "ValueState", "One value for each key.", value_methods);
}

}  // namespace pf::python
