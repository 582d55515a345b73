#include "bindings/state_rows.h"

#include <nlohmann/json.hpp>

#include "bindings/python_value.h"
#include "serde/type_schema.h"

namespace py = pybind11;

namespace pf::python {
namespace {

py::object value_of(ByteReader& in) { return py::reinterpret_steal<py::object>(read_value(in)); }

py::bytes bytes_of(std::string_view bytes) { return py::bytes(bytes.data(), bytes.size()); }

/// Not a value of a MAP type, whose schema has no parts that are named.
bool is_map(const KeyedStateInfo& state) {
  auto json = nlohmann::json::parse(state.schema, nullptr, false);
  return json.is_object() && json.value("type", "") == "MAP" && json.contains("key");
}

}  // namespace

ValueReader::ValueReader(const std::string& schema) {
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

py::object ValueReader::read(ByteReader& in) const {
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

const char* kind_of(const KeyedStateInfo& state) {
  if (state.name.starts_with("_timer_state/")) return "timers";
  if (state.is_list) return "list";
  return is_map(state) ? "map" : "value";
}

RowReader::RowReader(const KeyedStateInfo& state)
    : state_(state), kind_(kind_of(state)), values_(state.schema) {}

py::tuple RowReader::read(const KeyedRow& row) const {
  ByteReader entry(row.entry);
  ByteReader key(entry.get_bytes());
  py::object key_object = key.at_end() ? py::object(py::none()) : value_of(key);
  std::string_view name_space = entry.get_bytes();
  py::object detail = py::none();
  py::object value = py::none();
  ByteReader in(row.value);
  if (kind_ == "timers") {
    detail = py::int_(ByteReader(row.map_key).get_ordered64());
  } else if (kind_ == "list") {
    py::list elements;
    while (!in.at_end()) {
      if (state_.has_ttl) in.get_fixed64();
      ByteReader element(in.get_bytes());
      elements.append(values_.read(element));
    }
    value = elements;
  } else {
    if (kind_ == "map") {
      ByteReader map_key(row.map_key);
      detail = value_of(map_key);
    } else if (!row.map_key.empty()) {
      detail = bytes_of(row.map_key);
    }
    if (state_.has_ttl) in.get_fixed64();
    value = values_.read(in);
  }
  py::object of_window = name_space.empty() ? py::object(py::none()) : bytes_of(name_space);
  return py::make_tuple(key_object, of_window, detail, value);
}

}  // namespace pf::python
