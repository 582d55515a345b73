#include "state/key_types.h"

#include <algorithm>

#include "serde/value_tag.h"

namespace pf {
namespace {

/// Among whole numbers, the wider the higher; else 0.
int width_of(TypeKind kind) {
  constexpr TypeKind kWider[] = {TypeKind::kByte, TypeKind::kShort, TypeKind::kInt, TypeKind::kLong,
                                 TypeKind::kBigInt};
  const auto* found = std::find(std::begin(kWider), std::end(kWider), kind);
  return found == std::end(kWider) ? 0 : static_cast<int>(found - std::begin(kWider)) + 1;
}

/// Whether a value has the bytes that it has without any type.
bool is_plain(const TypeInfo& type) {
  switch (type.kind()) {
    case TypeKind::kPickled:
    case TypeKind::kBoolean:
    case TypeKind::kDouble:
    case TypeKind::kString:
      return true;
    case TypeKind::kTuple:
      return std::all_of(type.children().begin(), type.children().end(),
                         [](const TypeInfoPtr& field) { return is_plain(*field); });
    default:
      return width_of(type.kind()) > 0;
  }
}

}  // namespace

bool keys_stay(const TypeInfo& was, const TypeInfo& is) {
  if (was.equals(is)) return true;
  if (was.kind() == TypeKind::kPickled || is.kind() == TypeKind::kPickled)
    return is_plain(was) && is_plain(is);
  if (int width = width_of(was.kind())) return width < width_of(is.kind());
  if (was.kind() != TypeKind::kTuple || is.kind() != TypeKind::kTuple) return false;
  return std::equal(was.children().begin(), was.children().end(), is.children().begin(), is.children().end(),
                    [](const TypeInfoPtr& one, const TypeInfoPtr& other) { return keys_stay(*one, *other); });
}

bool is_key_of(const TypeInfo& type, ByteReader& key) {
  if (type.kind() == TypeKind::kPickled) return true;
  const auto tag = static_cast<ValueTag>(key.get_byte());
  switch (tag) {
    case ValueTag::kNone:
      return true;
    case ValueTag::kFalse:
    case ValueTag::kTrue:
      return type.kind() == TypeKind::kBoolean;
    case ValueTag::kInt:
      key.get_ordered64();
      return width_of(type.kind()) > 0;
    case ValueTag::kFloat:
      key.get_double();
      return type.kind() == TypeKind::kDouble;
    case ValueTag::kBigInt:
    case ValueTag::kText:
      key.get_bytes();
      return type.kind() == (tag == ValueTag::kText ? TypeKind::kString : TypeKind::kBigInt);
    case ValueTag::kTuple: {
      const uint64_t fields = key.get_varint();
      if (type.kind() != TypeKind::kTuple || fields != type.children().size()) return false;
      return std::all_of(type.children().begin(), type.children().end(),
                         [&](const TypeInfoPtr& field) { return is_key_of(*field, key); });
    }
    default:
      return false;
  }
}

}  // namespace pf
