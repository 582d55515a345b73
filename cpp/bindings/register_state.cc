#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/operator_state_store.h"
#include "bindings/process_types.h"
#include "bindings/python_serializer.h"
#include "bindings/python_value.h"
#include "bindings/register.h"
#include "state/list_state.h"
#include "state/map_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using Objects = py::typing::List<py::object>;
using ObjectIterable = py::typing::Iterable<py::object>;

using ScopePtr = std::shared_ptr<ProcessScope>;

using StorePtr = std::shared_ptr<OperatorStateStore>;

/// One declared state of a scope or, with a store, of a subtask; with the types of its values.
struct Handle {
  ScopePtr scope;
  StorePtr store;
  StateId id = 0;
  std::shared_ptr<const Coercer> values;
  std::shared_ptr<const Coercer> keys;

  KeyedStateBackend& backend() const {
    if (store) return store->broadcast();
    if (!scope->has_current_key()) throw std::runtime_error(scope->trouble());
    return *scope->state();
  }
};

/// A new reference, if the value has the state's type.
PyObject* checked(const std::shared_ptr<const Coercer>& type, py::handle value) {
  if (!has_type(type.get(), value.ptr())) throw py::error_already_set();
  return Py_NewRef(value.ptr());
}

class PyListState {
 public:
  explicit PyListState(Handle handle) : handle_(std::move(handle)) {}

  Objects get() const {
    std::vector<Datum> items = state().get();
    Objects list(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), object_of(items[i]));
    }
    return list;
  }
  void add(py::handle value) const {
    PyObject* element = checked_element(value);
    state().add(datum_of(element));
  }
  void add_all(const ObjectIterable& values) const {
    for (py::handle value : values) add(value);
  }
  void update(const ObjectIterable& values) const {
    py::list fitting;
    for (py::handle value : values) {
      fitting.append(py::reinterpret_steal<py::object>(checked_element(value)));
    }
    std::vector<Datum> items;
    for (py::handle value : fitting) items.push_back(datum_of(Py_NewRef(value.ptr())));
    state().update(items);
  }
  void clear() const { state().clear(); }

 private:
  ListState state() const { return {handle_.backend(), handle_.id}; }
  PyObject* checked_element(py::handle value) const {
    if (value.is_none() && handle_.values) {
      throw py::value_error(
          "None can't be an element of a list state of this type: only a PICKLED_BYTE_ARRAY may be None");
    }
    return checked(handle_.values, value);
  }

  Handle handle_;
};

class PyMapState {
 public:
  explicit PyMapState(Handle handle) : handle_(std::move(handle)) {}

  py::object get(py::handle key) const {
    Datum copy;
    std::string bytes = bytes_of(key);
    if (!state().get(bytes, copy)) return py::none();
    return py::reinterpret_steal<py::object>(object_of(copy));
  }
  bool contains(py::handle key) const { return state().contains(bytes_of(key)); }
  void put(py::handle key, py::handle value) const {
    std::string bytes = bytes_of(key);
    MapState map = state();
    map.put(bytes, datum_of(checked(handle_.values, value)));
  }
  /// A dict, or pairs as PyFlink takes them.
  void put_all(const ObjectIterable& values) const {
    py::object pairs = values;
    if (py::isinstance<py::dict>(values)) pairs = values.attr("items")();
    for (py::handle pair : pairs) {
      auto entry = py::tuple(py::reinterpret_borrow<py::object>(pair));
      if (entry.size() != 2) throw py::value_error("put_all takes a dict, or pairs of key and value");
      put(entry[0], entry[1]);
    }
  }
  void remove(py::handle key) const { state().remove(bytes_of(key)); }
  void clear() const { state().clear(); }
  bool is_empty() const { return state().is_empty(); }
  Objects keys() const {
    return collect([](std::string_view key, Datum) { return key_from(key); });
  }
  Objects values() const {
    return collect(
        [](std::string_view, Datum value) { return py::reinterpret_borrow<py::object>(object_of(value)); });
  }
  py::typing::List<py::typing::Tuple<py::object, py::object>> items() const {
    return collect([](std::string_view key, Datum value) {
      return py::make_tuple(key_from(key), py::handle(object_of(value)));
    });
  }

 private:
  MapState state() const { return {handle_.backend(), handle_.id}; }
  std::string bytes_of(py::handle key) const {
    py::object coerced = coerced_key(key);
    if (PyObject_Hash(coerced.ptr()) == -1) throw py::error_already_set();  // as a dict's would have to be
    std::string bytes;
    ByteWriter out(bytes);
    write_key(coerced.ptr(), out);
    return bytes;
  }
  py::object coerced_key(py::handle key) const {
    auto coerced = py::reinterpret_borrow<py::object>(key);
    if (!handle_.keys || handle_.keys->fits(key.ptr())) return coerced;
    coerced = py::reinterpret_steal<py::object>(handle_.keys->apply(coerced.release().ptr()));
    if (!coerced) throw py::error_already_set();
    return coerced;
  }
  static py::object key_from(std::string_view bytes) {
    ByteReader in(bytes);
    return py::reinterpret_steal<py::object>(read_value(in));
  }
  template <typename Make>
  py::list collect(Make make) const {
    // Taken out first: making Python objects may run code of the user's, which may change the map.
    std::vector<std::pair<std::string, py::object>> entries;
    state().for_each([&](std::string_view key, Datum value) {
      entries.emplace_back(key, py::reinterpret_borrow<py::object>(object_of(value)));
      return true;
    });
    py::list list;
    for (const auto& [key, value] : entries) list.append(make(key, datum_of(value.ptr())));
    return list;
  }

  Handle handle_;
};

/// The fields of StateTtl, in their order.
using TtlTuple = std::tuple<int64_t, bool, bool, uint32_t, bool, bool, int64_t, bool>;

std::optional<StateTtl> ttl_of(const std::optional<TtlTuple>& ttl) {
  if (!ttl) return std::nullopt;
  return std::apply([](auto... fields) { return StateTtl{fields...}; }, *ttl);
}

Handle declare(KeyedStateBackend& backend, StateDescriptor::Kind kind, const std::string& name,
               py::handle key_type, py::handle value_type, const std::optional<TtlTuple>& ttl = {},
               const std::string& queryable_name = {}) {
  StateDescriptor descriptor;
  descriptor.name = name;
  descriptor.kind = kind;
  descriptor.value = make_python_serializer(value_type);
  descriptor.ttl = ttl_of(ttl);
  descriptor.queryable_name = queryable_name;
  Handle handle;
  if (!key_type.is_none()) {
    descriptor.map_key = make_python_serializer(key_type);
    handle.keys = coercer_of(key_type);
  }
  handle.id = backend.declare(std::move(descriptor));
  handle.values = coercer_of(value_type);
  return handle;
}

Handle declare_keyed(const ScopePtr& scope, StateDescriptor::Kind kind, const std::string& name,
                     py::handle key_type, py::handle value_type, const std::optional<TtlTuple>& ttl,
                     const std::string& queryable_name) {
  if (!scope->state()) throw std::runtime_error(scope->trouble());
  Handle handle = declare(*scope->state(), kind, name, key_type, value_type, ttl, queryable_name);
  handle.scope = scope;
  return handle;
}

/// Calls a function with the key and a handle, for each key that has something in the state.
void for_each_key(const ScopePtr& scope, const std::string& name,
                  const py::typing::Callable<void(py::object)>& visitor) {
  KeyedStateBackend* backend = scope->state();
  if (!backend) throw std::runtime_error(scope->trouble());
  std::optional<StateId> state = backend->find(name);
  if (!state) return;
  struct NoKeyAfterwards {
    const ScopePtr& scope;
    ~NoKeyAfterwards() { scope->set_no_key(); }
  } afterwards{scope};
  backend->for_each_key(*state, [&] {
    scope->set_key_in_state();
    visitor(py::reinterpret_steal<py::object>(scope->key()));
  });
}

}  // namespace

void register_state(py::module_& module) {
  add_process_types(module);

  py::class_<PyListState>(module, "ListState")
      .def("get", &PyListState::get)
      .def("add", &PyListState::add, py::arg("value"))
      .def("add_all", &PyListState::add_all, py::arg("values"))
      .def("update", &PyListState::update, py::arg("values"))
      .def("clear", &PyListState::clear)
      .def("__iter__",
           [](const PyListState& list) -> py::typing::Iterator<py::object> { return py::iter(list.get()); });

  py::class_<PyMapState>(module, "MapState")
      .def("get", &PyMapState::get, py::arg("key"))
      .def("contains", &PyMapState::contains, py::arg("key"))
      .def("put", &PyMapState::put, py::arg("key"), py::arg("value"))
      .def("put_all", &PyMapState::put_all, py::arg("dict_value"))
      .def("remove", &PyMapState::remove, py::arg("key"))
      .def("clear", &PyMapState::clear)
      .def("is_empty", &PyMapState::is_empty)
      .def("keys", &PyMapState::keys)
      .def("values", &PyMapState::values)
      .def("items", &PyMapState::items)
      .def("__getitem__", &PyMapState::get, py::arg("key"))
      .def("__setitem__", &PyMapState::put, py::arg("key"), py::arg("value"))
      .def("__delitem__", &PyMapState::remove, py::arg("key"))
      .def("__contains__", &PyMapState::contains, py::arg("key"))
      .def("__iter__",
           [](const PyMapState& map) -> py::typing::Iterator<py::object> { return py::iter(map.keys()); });

  py::class_<PyOperatorListState>(module, "OperatorListState")
      .def("get", &PyOperatorListState::get)
      .def("add", &PyOperatorListState::add, py::arg("value"))
      .def("add_all", &PyOperatorListState::add_all, py::arg("values"))
      .def("update", &PyOperatorListState::update, py::arg("values"))
      .def("clear", &PyOperatorListState::clear)
      .def("__iter__", [](const PyOperatorListState& list) -> py::typing::Iterator<py::object> {
        return py::iter(list.get());
      });

  py::class_<OperatorStateStore, StorePtr>(module, "OperatorStateStore")
      .def(
          "list_state",
          [](const StorePtr& store, const std::string& name, py::handle type, bool union_) {
            return PyOperatorListState(store, name, type,
                                       union_ ? Redistribution::kUnion : Redistribution::kSplit);
          },
          py::arg("name"), py::arg("type"), py::arg("union") = false)
      .def(
          "map_state",
          [](const StorePtr& store, const std::string& name, py::handle key_type, py::handle value_type) {
            Handle handle =
                declare(store->broadcast(), StateDescriptor::Kind::kMap, name, key_type, value_type);
            handle.store = store;
            store->broadcast_names().insert(name);
            return PyMapState(std::move(handle));
          },
          py::arg("name"), py::arg("key_type"), py::arg("value_type"), "Broadcast state.")
      .def("list_names", [](const StorePtr& store) { return store->list_names(); })
      .def("broadcast_names", [](const StorePtr& store) { return store->broadcast_names(); })
      .def(
          "was_restored",
          [](const StorePtr& store, const std::string& name) { return store->lists().was_restored(name); },
          py::arg("name"), "Whether some subtask had a list of the name, be it an empty one.");

  py::class_<ProcessScope, ScopePtr>(module, "ProcessScope")
      .def("context", &make_process_context)
      .def("timer_service", &make_timer_service)
      .def(
          "set_namespace",
          [](const ScopePtr& scope, const py::bytes& name_space) {
            scope->set_namespace(std::string_view(name_space));
          },
          py::arg("name_space"))
      .def(
          "value_state",
          [](const ScopePtr& scope, const std::string& name, py::handle type,
             const std::optional<TtlTuple>& ttl, const std::string& queryable_name) {
            Handle handle = declare_keyed(scope, StateDescriptor::Kind::kValue, name, py::none(), type, ttl,
                                          queryable_name);
            return make_value_state(scope, handle.id, handle.values);
          },
          py::arg("name"), py::arg("type"), py::arg("ttl") = py::none(), py::arg("queryable_name") = "")
      .def(
          "list_state",
          [](const ScopePtr& scope, const std::string& name, py::handle type,
             const std::optional<TtlTuple>& ttl, const std::string& queryable_name) {
            return PyListState(declare_keyed(scope, StateDescriptor::Kind::kList, name, py::none(), type, ttl,
                                             queryable_name));
          },
          py::arg("name"), py::arg("type"), py::arg("ttl") = py::none(), py::arg("queryable_name") = "")
      .def(
          "map_state",
          [](const ScopePtr& scope, const std::string& name, py::handle key_type, py::handle value_type,
             const std::optional<TtlTuple>& ttl, const std::string& queryable_name) {
            return PyMapState(declare_keyed(scope, StateDescriptor::Kind::kMap, name, key_type, value_type,
                                            ttl, queryable_name));
          },
          py::arg("name"), py::arg("key_type"), py::arg("value_type"), py::arg("ttl") = py::none(),
          py::arg("queryable_name") = "")
      .def("for_each_key", &for_each_key, py::arg("name"), py::arg("visitor"))
      .def_property_readonly("keyed", &ProcessScope::keyed)
      .def("current_watermark", &ProcessScope::current_watermark)
      .def("current_processing_time", &ProcessScope::current_processing_time);
}

}  // namespace pf::python
