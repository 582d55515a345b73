#include "bindings/window_session.h"

#include "bindings/python_lane.h"
#include "bindings/python_value.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {

void WindowSession::open(WindowServices& services) {
  services_ = &services;
  const OperatorContext& context = services.context;
  global_scope_ = std::make_shared<ProcessScope>(context, services.state, services.timers);
  window_scope_ = std::make_shared<ProcessScope>(context, services.state, services.timers);
  global_scope_->set_namespace({});
  operator_state_ = std::make_shared<OperatorStateStore>(context);
  try {
    py::dict where = describe(context);
    where["scope"] = py::cast(global_scope_);
    where["window_scope"] = py::cast(window_scope_);
    where["operator_state"] = operator_state_;
    opened_ = plan_->function->open.get()(where);
    windows_.emplace(plan_->window_kind, opened_.attr("read_window"), opened_.attr("write_window"));
  } catch (const py::error_already_set& error) {
    throw UserFailure(context, error, nullptr);
  }
  global_scope_->set_key_in_state();
  window_scope_->set_key_in_state();
}

void WindowSession::close() {
  rows_ = ObjectView();
  windows_.reset();
  py::object opened = std::move(opened_);
  opened_ = py::object();
  std::optional<UserFailure> failure;
  try {
    PythonLane::Shield shield;
    if (opened) opened.attr("close")();
  } catch (const py::error_already_set& error) {
    failure.emplace(context(), error, nullptr);
  }
  if (operator_state_) operator_state_->close();
  if (global_scope_) global_scope_->close();
  if (window_scope_) window_scope_->close();
  if (failure) throw UserFailure(*failure);
}

template <typename Body>
void WindowSession::outside_of_keys(Body body) {
  global_scope_->set_no_key();
  window_scope_->set_no_key();
  body();
  global_scope_->set_key_in_state();
  window_scope_->set_key_in_state();
}

OperatorSnapshot WindowSession::snapshot_state(const SnapshotContext& checkpoint) {
  outside_of_keys([&] {
    call_hook(context(), opened_, "snapshot_state", checkpoint.checkpoint_id, checkpoint.timestamp);
  });
  return naming_operator(context(), [this] {
    OperatorSnapshot snapshot;
    operator_state_->snapshot(snapshot);
    return snapshot;
  });
}

void WindowSession::notify_checkpoint(const char* method, int64_t checkpoint_id) {
  outside_of_keys([&] { call_hook(context(), opened_, method, checkpoint_id); });
}

py::object WindowSession::attribute(const char* name) const {
  return guarded(nullptr, [&] {
    py::object value = opened_.attr(name);
    return value.is_none() ? py::object() : value;
  });
}

py::object WindowSession::key() const {
  return guarded(nullptr, [&] {
    ByteReader in(services_->state.current_key());
    return py::reinterpret_steal<py::object>(read_value(in));
  });
}

void WindowSession::fail(PyObject* record) const { throw UserFailure(context(), record); }

}  // namespace pf::python
