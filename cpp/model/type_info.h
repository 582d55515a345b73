#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pf {

enum class TypeKind : uint8_t {
  kPickled,
  kBoolean,
  kByte,
  kShort,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kChar,
  kString,
  kBytes,
  kBigInt,
  kBigDec,
  kInstant,
  kDate,
  kTime,
  kTimestamp,
  kPrimitiveArray,
  kBasicArray,
  kObjectArray,
  kList,
  kMap,
  kTuple,
  kRow,
};

class TypeInfo;
/// Shared by every batch, operator and edge that carries values of the type; never changes.
using TypeInfoPtr = std::shared_ptr<const TypeInfo>;

/// The type of the values of a stream: what `Types.*` describes in Python. Immutable.
class TypeInfo {
 public:
  TypeInfo(TypeKind kind, std::vector<std::string> names = {}, std::vector<TypeInfoPtr> children = {});

  TypeKind kind() const { return kind_; }
  /// Field names of a named row; empty otherwise.
  const std::vector<std::string>& names() const { return names_; }
  /// Fields of a tuple or row, the element of a list or array, key and value of a map.
  const std::vector<TypeInfoPtr>& children() const { return children_; }

  /// As users write it: `TUPLE[STRING, LONG]`.
  std::string to_string() const;
  bool equals(const TypeInfo& other) const;
  /// Whether values can be laid out as columns: all but those that hold a PICKLED one somewhere.
  bool has_layout() const;

  /// The type of a kind that needs no children.
  static const TypeInfoPtr& of(TypeKind kind);

 private:
  TypeKind kind_;
  std::vector<std::string> names_;
  std::vector<TypeInfoPtr> children_;
};

std::string_view name_of(TypeKind kind);
/// Throws Error naming the text when it is no kind.
TypeKind type_kind_of(std::string_view name);

}  // namespace pf
