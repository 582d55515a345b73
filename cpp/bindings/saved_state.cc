#include "bindings/saved_state.h"

#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "base/error.h"
#include "bindings/python_value.h"
#include "control/checkpoint/checkpoint_storage.h"
#include "serde/type_schema.h"

namespace py = pybind11;

namespace pf::python {
namespace {

py::object value_of(ByteReader& in) { return py::reinterpret_steal<py::object>(read_value(in)); }

py::bytes bytes_of(std::string_view bytes) { return py::bytes(bytes.data(), bytes.size()); }

/// Decodes what a state holds, as far as its schema tells how: other bytes are shown as they are.
class ValueReader {
 public:
  explicit ValueReader(const std::string& schema) {
    auto json = nlohmann::json::parse(schema, nullptr, false);
    for (const char* part : {"element", "value"}) {
      if (json.is_object() && json.contains(part)) json = nlohmann::json(json[part]);
    }
    if (json == nlohmann::json{{"type", "LONG"}}) {
      layout_ = Layout::kLong;
    } else if (json == nlohmann::json{{"type", "DOUBLE"}}) {
      layout_ = Layout::kDouble;
    } else if (json.is_string() || (!json.is_discarded() && type_of_schema(json.dump()))) {
      layout_ = Layout::kTagged;
    }
  }

  py::object read(ByteReader& in) const {
    switch (layout_) {
      case Layout::kLong:
        return py::int_(static_cast<int64_t>(in.get_fixed64()));
      case Layout::kDouble:
        return py::float_(in.get_double());
      case Layout::kTagged:
        return value_of(in);
      case Layout::kUnknown:
        break;
    }
    return bytes_of(in.get_raw(in.rest().size()));
  }

 private:
  enum class Layout : uint8_t { kTagged, kLong, kDouble, kUnknown };
  Layout layout_ = Layout::kUnknown;
};

bool is_timers(const KeyedStateInfo& state) { return state.name.starts_with("_timer_state/"); }

/// Not a value of a MAP type, whose schema has no parts that are named.
bool is_map(const KeyedStateInfo& state) {
  auto json = nlohmann::json::parse(state.schema, nullptr, false);
  return json.is_object() && json.value("type", "") == "MAP" && json.contains("key");
}

/// Of the subtask's keys, or what all subtasks have alike.
std::vector<KeyedStateInfo> states_of(const OperatorSnapshot& of, bool broadcast) {
  if (!broadcast) return of.keyed_states();
  if (!of.broadcast) return {};
  return {of.broadcast->states().begin(), of.broadcast->states().end()};
}

/// One checkpoint or savepoint, read as a whole. Values are decoded as they are asked for.
class SavedState {
 public:
  explicit SavedState(const Location& path) : checkpoint_(load_checkpoint(path)) {}

  const Checkpoint& checkpoint() const { return checkpoint_; }

  /// (name, kind, schema) of each state of an operator.
  std::vector<std::tuple<std::string, std::string, std::string>> states(size_t op) const {
    std::map<std::pair<std::string, std::string>, std::string> found;
    for (const Checkpoint::Subtask& subtask : checkpoint_.operators.at(op).subtasks) {
      if (!subtask.state) continue;
      for (bool broadcast : {false, true}) {
        for (const KeyedStateInfo& state : states_of(*subtask.state, broadcast)) {
          const char* kind = broadcast          ? "broadcast"
                             : is_timers(state) ? "timers"
                             : state.is_list    ? "list"
                             : is_map(state)    ? "map"
                                                : "value";
          found[{state.name, kind}] = state.schema;
        }
      }
      if (!subtask.state->lists) continue;
      for (const OperatorListSnapshot::State& state : subtask.state->lists->states()) {
        bool split = state.redistribution == Redistribution::kSplit;
        found[{state.name, split ? "operator list" : "union list"}] = state.schema;
      }
    }
    std::vector<std::tuple<std::string, std::string, std::string>> states;
    for (const auto& [which, schema] : found) states.emplace_back(which.first, which.second, schema);
    return states;
  }

  /// Of one subtask: (key, namespace, map key or time, value), or the items of a list that has no keys.
  py::typing::List<py::object> rows(size_t op, size_t subtask, const std::string& name,
                                    const std::string& kind) const {
    py::typing::List<py::object> rows;
    const auto& of = checkpoint_.operators.at(op).subtasks.at(subtask).state;
    if (!of) return rows;
    if (kind.ends_with(" list")) {
      const auto* list = of->lists ? of->lists->find(name) : nullptr;
      if (!list) return rows;
      const ValueReader reader(list->schema);
      for (std::string_view item : list->items) {
        ByteReader in(item);
        rows.append(reader.read(in));
      }
      return rows;
    }
    const KeyedStateInfo* last = nullptr;
    std::optional<ValueReader> reader;
    const KeyedRowVisitor add = [&](const KeyedStateInfo& state, const KeyedRow& row) {
      if (std::exchange(last, &state) != &state) reader.emplace(state.schema);
      rows.append(decoded(row, state, *reader));
    };
    if (kind != "broadcast") {
      of->for_each_keyed_row(name, {}, add);
    } else if (of->broadcast) {
      of->broadcast->for_each_row(name, {}, add);
    }
    return rows;
  }

 private:
  static py::tuple decoded(const KeyedRow& row, const KeyedStateInfo& state, const ValueReader& reader) {
    ByteReader entry(row.entry);
    ByteReader key(entry.get_bytes());
    py::object key_object = key.at_end() ? py::object(py::none()) : value_of(key);
    std::string_view name_space = entry.get_bytes();
    py::object detail = py::none();
    py::object value = py::none();
    ByteReader in(row.value);
    if (is_timers(state)) {
      detail = py::int_(ByteReader(row.map_key).get_ordered64());
    } else if (state.is_list) {
      py::list elements;
      while (!in.at_end()) {
        if (state.has_ttl) in.get_fixed64();
        ByteReader element(in.get_bytes());
        elements.append(reader.read(element));
      }
      value = elements;
    } else {
      if (is_map(state)) {
        ByteReader map_key(row.map_key);
        detail = value_of(map_key);
      } else if (!row.map_key.empty()) {
        detail = bytes_of(row.map_key);
      }
      if (state.has_ttl) in.get_fixed64();
      value = reader.read(in);
    }
    py::object of_window = name_space.empty() ? py::object(py::none()) : bytes_of(name_space);
    return py::make_tuple(key_object, of_window, detail, value);
  }

  const Checkpoint checkpoint_;
};

}  // namespace

void add_saved_state(py::module_& module) {
  py::class_<SavedState>(module, "SavedState")
      .def(py::init<const Location&>(), py::arg("path"))
      .def_property_readonly("checkpoint_id", [](const SavedState& self) { return self.checkpoint().id; })
      .def_property_readonly("job_id", [](const SavedState& self) { return self.checkpoint().job.hex(); })
      .def_property_readonly("epoch_millis",
                             [](const SavedState& self) { return self.checkpoint().epoch_millis; })
      .def(
          "operators",
          [](const SavedState& self) {
            std::vector<std::tuple<std::string, std::string, size_t, uint32_t>> operators;
            for (const Checkpoint::Operator& op : self.checkpoint().operators) {
              operators.emplace_back(op.id, op.name, op.subtasks.size(), op.max_parallelism);
            }
            return operators;
          },
          "(id, name, parallelism, maximum parallelism) of each.")
      .def("states", &SavedState::states, py::arg("operator"), "(name, kind, schema) of each.")
      .def("rows", &SavedState::rows, py::arg("operator"), py::arg("subtask"), py::arg("name"),
           py::arg("kind"),
           "(key, namespace, map key or time, value) of each row in one subtask, or the items of a list.");
}

}  // namespace pf::python
