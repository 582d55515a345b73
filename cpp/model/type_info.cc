#include "model/type_info.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace pf {
namespace {

constexpr std::array<std::string_view, 24> kNames = {
    "PICKLED",   "BOOLEAN",         "BYTE",        "SHORT",        "INT",     "LONG",    "FLOAT", "DOUBLE",
    "CHAR",      "STRING",          "BYTES",       "BIG_INT",      "BIG_DEC", "INSTANT", "DATE",  "TIME",
    "TIMESTAMP", "PRIMITIVE_ARRAY", "BASIC_ARRAY", "OBJECT_ARRAY", "LIST",    "MAP",     "TUPLE", "ROW"};

}  // namespace

TypeInfo::TypeInfo(TypeKind kind, std::vector<std::string> names, std::vector<TypeInfoPtr> children)
    : kind_(kind), names_(std::move(names)), children_(std::move(children)) {}

std::string TypeInfo::to_string() const {
  std::string text{name_of(kind_)};
  if (children_.empty()) return text;
  text += '[';
  for (size_t i = 0; i < children_.size(); ++i) {
    if (i > 0) text += ", ";
    if (!names_.empty()) text += names_[i] + ": ";
    text += children_[i]->to_string();
  }
  return text + ']';
}

bool TypeInfo::equals(const TypeInfo& other) const {
  if (kind_ != other.kind_ || names_ != other.names_ || children_.size() != other.children_.size()) {
    return false;
  }
  for (size_t i = 0; i < children_.size(); ++i) {
    if (!children_[i]->equals(*other.children_[i])) return false;
  }
  return true;
}

bool TypeInfo::has_layout() const {
  return kind_ != TypeKind::kPickled && std::all_of(children_.begin(), children_.end(),
                                                    [](const auto& child) { return child->has_layout(); });
}

const TypeInfoPtr& TypeInfo::of(TypeKind kind) {
  static const auto all = [] {
    std::array<TypeInfoPtr, kNames.size()> types;
    for (size_t i = 0; i < types.size(); ++i) types[i] = std::make_shared<TypeInfo>(static_cast<TypeKind>(i));
    return types;
  }();
  return all.at(static_cast<size_t>(kind));
}

std::string_view name_of(TypeKind kind) { return kNames[static_cast<size_t>(kind)]; }

TypeKind type_kind_of(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<TypeKind>(i);
  }
  throw Error("unknown type " + std::string(name));
}

}  // namespace pf
