#include "bindings/python_trigger.h"

#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class PythonTrigger final : public Trigger {
 public:
  PythonTrigger(std::shared_ptr<WindowSession> session, bool can_merge)
      : session_(std::move(session)), can_merge_(can_merge) {}

  void open(WindowServices& services) override {
    Trigger::open(services);
    py::object trigger = session_->attribute("trigger");
    session_->guarded(nullptr, [&] {
      on_element_ = trigger.attr("on_element");
      on_event_time_ = trigger.attr("on_event_time");
      on_processing_time_ = trigger.attr("on_processing_time");
      on_merge_ = trigger.attr("on_merge");
      clear_ = trigger.attr("clear");
    });
    context_ = session_->attribute("trigger_context");
    py::object results = py::module_::import("pyflinkpp.datastream.window").attr("TriggerResult");
    continue_ = results.attr("CONTINUE");
    fire_ = results.attr("FIRE");
    purge_ = results.attr("PURGE");
    fire_and_purge_ = results.attr("FIRE_AND_PURGE");
  }
  void close() override {
    on_element_ = on_event_time_ = on_processing_time_ = on_merge_ = clear_ = context_ = py::object();
    continue_ = fire_ = purge_ = fire_and_purge_ = py::object();
  }

  TriggerResult on_element(const Batch&, size_t row, int64_t timestamp, const Window& window) override {
    PyObject* element = session_->row(row);
    auto time = py::int_(timestamp);
    return result_of(
        element, session_->call(element, on_element_, element, time.ptr(), enter(window), context_.ptr()));
  }
  TriggerResult on_event_time(int64_t time, const Window& window) override {
    return on_timer(on_event_time_, time, window);
  }
  TriggerResult on_processing_time(int64_t time, const Window& window) override {
    return on_timer(on_processing_time_, time, window);
  }
  bool can_merge() const override { return can_merge_; }
  void on_merge(const Window& window, const std::vector<Window>& merged) override {
    session_->guarded(nullptr, [&] {
      py::list others;
      for (const Window& other : merged) {
        if (!(other == window)) others.append(py::bytes(other.bytes));
      }
      context_.attr("merged") = py::make_tuple(py::bytes(window.bytes), others);
    });
    session_->call(nullptr, on_merge_, enter(window), context_.ptr());
  }
  void clear(const Window& window) override {
    session_->call(nullptr, clear_, enter(window), context_.ptr());
  }

 private:
  PyObject* enter(const Window& window) {
    session_->enter(window);
    return session_->guarded(nullptr, [&] { return session_->windows().object_of(window); });
  }
  TriggerResult on_timer(const py::object& method, int64_t time, const Window& window) {
    auto millis = py::int_(time);
    return result_of(nullptr, session_->call(nullptr, method, millis.ptr(), enter(window), context_.ptr()));
  }
  TriggerResult result_of(PyObject* element, const py::object& result) const {
    if (result.is(continue_)) return {};
    if (result.is(fire_)) return {.fire = true};
    if (result.is(purge_)) return {.purge = true};
    if (result.is(fire_and_purge_)) return {.fire = true, .purge = true};
    PyErr_Format(PyExc_TypeError, "a trigger must answer with a TriggerResult, not %U",
                 shown(result.ptr()).ptr());
    session_->fail(element);
  }

  std::shared_ptr<WindowSession> session_;
  bool can_merge_;
  py::object on_element_;
  py::object on_event_time_;
  py::object on_processing_time_;
  py::object on_merge_;
  py::object clear_;
  py::object context_;
  py::object continue_;
  py::object fire_;
  py::object purge_;
  py::object fire_and_purge_;
};

}  // namespace

std::unique_ptr<Trigger> make_python_trigger(std::shared_ptr<WindowSession> session, bool can_merge) {
  return std::make_unique<PythonTrigger>(std::move(session), can_merge);
}

}  // namespace pf::python
