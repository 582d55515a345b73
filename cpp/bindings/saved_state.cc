#include "bindings/saved_state.h"

#include <map>
#include <optional>
#include <utility>

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/state_rows.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace py = pybind11;

namespace pf::python {
namespace {

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
          found[{state.name, broadcast ? "broadcast" : kind_of(state)}] = state.schema;
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
    std::optional<RowReader> reader;
    const KeyedRowVisitor add = [&](const KeyedStateInfo& state, const KeyedRow& row) {
      if (std::exchange(last, &state) != &state) reader.emplace(state);
      rows.append(reader->read(row));
    };
    if (kind != "broadcast") {
      of->for_each_keyed_row(name, {}, add);
    } else if (of->broadcast) {
      of->broadcast->for_each_row(name, {}, add);
    }
    return rows;
  }

 private:
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
