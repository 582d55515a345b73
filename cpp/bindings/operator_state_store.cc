#include "bindings/operator_state_store.h"

#include <stdexcept>

#include "bindings/process_types.h"
#include "bindings/python_serializer.h"
#include "bindings/python_value.h"

namespace py = pybind11;

namespace pf::python {

OperatorStateStore::OperatorStateStore(const OperatorContext& context)
    : context_(&context), lists_(context.create_operator_state()) {
  for (const auto& snapshot : context.restored) {
    if (snapshot->lists) {
      for (const auto& state : snapshot->lists->states()) list_names_.insert(state.name);
    }
    if (!snapshot->broadcast) continue;
    if (!broadcast_) broadcast();
    for (const auto& state : snapshot->broadcast->states()) broadcast_names_.insert(state.name);
  }
}

OperatorStateBackend& OperatorStateStore::lists() {
  check_open();
  return *lists_;
}

KeyedStateBackend& OperatorStateStore::broadcast() {
  check_open();
  if (broadcast_) return *broadcast_;
  broadcast_ = context_->create_broadcast_state(make_broadcast_key_codec());
  std::string none;
  ByteWriter out(none);
  write_key(Py_None, out);
  broadcast_->set_current(none);
  return *broadcast_;
}

void OperatorStateStore::check_open() const {
  if (!context_) throw std::runtime_error("the function has been closed: its state is gone");
}

void OperatorStateStore::snapshot(OperatorSnapshot& snapshot) const {
  if (lists_) snapshot.lists = lists_->snapshot();
  if (broadcast_) snapshot.broadcast = broadcast_->snapshot();
}

void OperatorStateStore::close() {
  context_ = nullptr;
  lists_.reset();
  broadcast_.reset();
}

PyOperatorListState::PyOperatorListState(std::shared_ptr<OperatorStateStore> store, const std::string& name,
                                         py::handle type, Redistribution redistribution)
    : store_(std::move(store)),
      state_(&store_->lists().declare(name, redistribution, make_python_serializer(type))),
      type_(coercer_of(type)) {
  store_->list_names().insert(name);
}

OperatorListState& PyOperatorListState::state() const {
  store_->lists();  // still there
  return *state_;
}

py::typing::List<py::object> PyOperatorListState::get() const {
  py::typing::List<py::object> list;
  for (Datum item : state().items()) list.append(py::handle(object_of(item)));
  return list;
}

void PyOperatorListState::add(py::handle value) const {
  for (Datum item : checked(py::make_tuple(value))) state().add(item);
}

void PyOperatorListState::add_all(const py::typing::Iterable<py::object>& values) const {
  for (Datum item : checked(values)) state().add(item);
}

void PyOperatorListState::update(const py::typing::Iterable<py::object>& values) const {
  std::vector<Datum> items = checked(values);
  state().update(std::move(items));
}

void PyOperatorListState::clear() const { state().clear(); }

std::vector<Datum> PyOperatorListState::checked(const py::iterable& values) const {
  py::list fitting;
  for (py::handle value : values) {
    if (value.is_none()) throw py::value_error("None can't be added to a list state");
    if (!has_type(type_.get(), value.ptr())) throw py::error_already_set();
    fitting.append(value);
  }
  state();  // iterating may have run code of the user's
  std::vector<Datum> items;
  for (py::handle value : fitting) items.push_back(datum_of(Py_NewRef(value.ptr())));
  return items;
}

}  // namespace pf::python
