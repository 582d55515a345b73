#include "serde/type_schema.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pf {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const TypeInfo& type) {
  if (type.children().empty()) return name_of(type.kind());
  ordered_json json = {{"type", name_of(type.kind())}};
  if (!type.names().empty()) json["names"] = type.names();
  for (const TypeInfoPtr& child : type.children()) json["of"].push_back(json_of(*child));
  return json;
}

TypeInfoPtr type_of(const ordered_json& json) {
  if (json.is_string()) return TypeInfo::of(type_kind_of(json.get<std::string>()));
  std::vector<std::string> names;
  if (json.contains("names")) names = json.at("names").get<std::vector<std::string>>();
  std::vector<TypeInfoPtr> children;
  for (const ordered_json& child : json.at("of")) children.push_back(type_of(child));
  return std::make_shared<TypeInfo>(type_kind_of(json.at("type").get<std::string>()), std::move(names),
                                    std::move(children));
}

}  // namespace

std::string type_schema(const TypeInfo& type) { return json_of(type).dump(); }

TypeInfoPtr type_of_schema(std::string_view schema) {
  try {
    return type_of(ordered_json::parse(schema));
  } catch (const ordered_json::exception&) {
    return nullptr;
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace pf
