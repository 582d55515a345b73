#include "bindings/python_contents.h"

#include "base/error.h"

namespace py = pybind11;

namespace pf::python {
namespace {

WindowForm form_of(const std::string& name) {
  if (name == "apply") return WindowForm::kApply;
  if (name == "process") return WindowForm::kProcess;
  if (name == "apply_all") return WindowForm::kApplyAll;
  if (name == "process_all") return WindowForm::kProcessAll;
  PF_CHECK(name == "none");
  return WindowForm::kNone;
}

}  // namespace

void PythonContents::open(WindowServices& services) {
  WindowContents::open(services);
  results_.emplace(*session_->plan().function, services.context);
  session_->open(services);
  form_ =
      session_->guarded(nullptr, [&] { return form_of(py::cast<std::string>(session_->attribute("form"))); });
  function_ = session_->attribute("function");
  context_ = session_->attribute("context");
  on_clear_ = session_->attribute("on_clear");
}

void PythonContents::close() {
  if (results_) results_->drop();
  function_ = context_ = on_clear_ = py::object();
  if (services_) session_->close();
}

bool PythonContents::resume_fire() {
  NamespaceKeeper keeper(services_->state);
  return taken(results_->take_more());
}

void PythonContents::dispose(const Window& window) {
  if (!on_clear_) return;
  NamespaceKeeper keeper(services_->state);
  give_window(window);
  session_->call(nullptr, on_clear_, context_.ptr());
}

void PythonContents::refuse_record(const Batch&, size_t row, const std::string& problem) const {
  PyErr_SetString(PyExc_ValueError, problem.c_str());
  session_->fail(session_->row(row));
}

StateId PythonContents::declare(StateDescriptor::Kind kind) {
  StateDescriptor descriptor;
  descriptor.name = "window-contents";
  descriptor.kind = kind;
  descriptor.value = make_serializer();
  return services_->state.declare(std::move(descriptor));
}

bool PythonContents::give(const Window& window, const py::list& elements) {
  NamespaceKeeper keeper(services_->state);
  results_->set_timestamp(window.max_timestamp);
  PyObject* object = give_window(window);
  bool process = form_ == WindowForm::kProcess || form_ == WindowForm::kProcessAll;
  PyObject* where = process ? context_.ptr() : object;
  py::object answer;
  if (form_ == WindowForm::kApplyAll || form_ == WindowForm::kProcessAll) {
    answer = session_->call(nullptr, function_, where, elements.ptr());
  } else {
    answer = session_->call(nullptr, function_, session_->key().ptr(), where, elements.ptr());
  }
  return taken(results_->take(answer.release().ptr()));
}

bool PythonContents::take(const Window& window, py::object results) {
  results_->set_timestamp(window.max_timestamp);
  return taken(results_->take(results.release().ptr()));
}

bool PythonContents::emit(const Window& window, py::object result) {
  results_->set_timestamp(window.max_timestamp);
  if (!results_->add(result.release().ptr())) session_->fail(nullptr);
  return true;
}

PyObject* PythonContents::give_window(const Window& window) {
  session_->enter(window);
  return session_->guarded(nullptr, [&] {
    PyObject* object = session_->windows().object_of(window);
    if (context_) context_.attr("_window") = py::handle(object);
    return object;
  });
}

bool PythonContents::taken(ResultCollector::Taken taken) {
  if (taken == ResultCollector::Taken::kFailed) session_->fail(nullptr);
  return taken == ResultCollector::Taken::kAll;
}

}  // namespace pf::python
