#include "serde/value_migration.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "serde/value_tag.h"

namespace pf {
namespace {

bool widens(TypeKind was, TypeKind is) {
  if (was == TypeKind::kFloat) return is == TypeKind::kDouble;
  constexpr TypeKind kWider[] = {TypeKind::kByte, TypeKind::kShort, TypeKind::kInt, TypeKind::kLong,
                                 TypeKind::kBigInt};
  const auto* from = std::find(std::begin(kWider), std::end(kWider), was);
  return from != std::end(kWider) && std::find(from, std::end(kWider), is) != std::end(kWider);
}

/// For each field of the new type, where it was in the old one; nothing where that is anybody's guess.
using Places = std::vector<std::optional<size_t>>;
std::optional<Places> places_of(const TypeInfo& was, const TypeInfo& is) {
  if (was.names().empty() != is.names().empty()) return std::nullopt;
  Places places(is.children().size());
  std::vector<bool> kept(was.children().size());
  for (size_t i = 0; i < places.size(); ++i) {
    size_t at = i;
    if (!is.names().empty()) {
      auto found = std::find(was.names().begin(), was.names().end(), is.names()[i]);
      at = static_cast<size_t>(found - was.names().begin());
    }
    if (at >= kept.size()) continue;
    places[i] = at;
    kept[at] = true;
  }
  for (size_t i = 0; i < places.size(); ++i) {
    for (size_t at = 0; at < kept.size() && !places[i]; ++at) {
      if (!kept[at] && can_migrate(*was.children()[at], *is.children()[i])) return std::nullopt;
    }
  }
  return places;
}

bool is_list(TypeKind kind) {
  return kind == TypeKind::kList || kind == TypeKind::kBasicArray || kind == TypeKind::kObjectArray ||
         kind == TypeKind::kPrimitiveArray;
}

void skip_value(ByteReader& in) {
  uint64_t values = 0;
  switch (static_cast<ValueTag>(in.get_byte())) {
    case ValueTag::kNone:
    case ValueTag::kFalse:
    case ValueTag::kTrue:
      return;
    case ValueTag::kInt:
    case ValueTag::kFloat:
    case ValueTag::kDate:
    case ValueTag::kTime:
      in.get_fixed64();
      return;
    case ValueTag::kDateTime:
      in.get_fixed64();
      in.get_fixed64();
      return;
    case ValueTag::kBigInt:
    case ValueTag::kText:
    case ValueTag::kBytes:
    case ValueTag::kDecimal:
    case ValueTag::kPickle:
      in.get_bytes();
      return;
    case ValueTag::kTuple:
    case ValueTag::kList:
    case ValueTag::kSet:
    case ValueTag::kFrozenSet:
      values = in.get_varint();
      break;
    case ValueTag::kDict:
      values = 2 * in.get_varint();
      break;
    case ValueTag::kRow:
      in.get_byte();
      values = in.get_varint();
      if (in.get_byte() != 0) {
        for (uint64_t i = 0; i < values; ++i) in.get_bytes();
      }
      break;
    default:
      throw Error("serialized state holds an unknown kind of value: the bytes are damaged");
  }
  for (; values > 0; --values) skip_value(in);
}

std::string_view take_value(ByteReader& in) {
  std::string_view before = in.rest();
  skip_value(in);
  return before.substr(0, before.size() - in.rest().size());
}

[[noreturn]] void refuse(const TypeInfo& was) {
  throw Error("state that was saved as " + was.to_string() +
              " holds a value of another shape, which can't "
              "be given another type");
}

size_t place_in(const TypeInfo& was, std::string_view name) {
  auto found = std::find(was.names().begin(), was.names().end(), name);
  if (found == was.names().end()) refuse(was);
  return static_cast<size_t>(found - was.names().begin());
}

}  // namespace

bool can_migrate(const TypeInfo& was, const TypeInfo& is) {
  if (was.equals(is) || widens(was.kind(), is.kind())) return true;
  if (was.kind() != is.kind()) return false;
  if (is_list(is.kind())) return can_migrate(*was.children()[0], *is.children()[0]);
  if (is.kind() == TypeKind::kMap) {
    return was.children()[0]->equals(*is.children()[0]) && can_migrate(*was.children()[1], *is.children()[1]);
  }
  if (is.kind() != TypeKind::kRow && is.kind() != TypeKind::kTuple) return false;
  const auto places = places_of(was, is);
  if (!places) return false;
  for (size_t i = 0; i < places->size(); ++i) {
    const auto& place = (*places)[i];
    if (place && !can_migrate(*was.children()[*place], *is.children()[i])) return false;
  }
  return true;
}

ValueMigration::ValueMigration(const TypeInfoPtr& was, const TypeInfoPtr& is) : was_(was), is_(is) {
  const bool has_fields = is->kind() == TypeKind::kRow || is->kind() == TypeKind::kTuple;
  as_it_is_ = was->equals(*is) || !(has_fields || is->kind() == TypeKind::kMap || is_list(is->kind()));
  if (as_it_is_) return;
  if (!has_fields) {
    parts_.push_back({std::nullopt, ValueMigration(was->children().back(), is->children().back())});
    return;
  }
  const Places places = *places_of(*was, *is);
  for (size_t i = 0; i < places.size(); ++i) {
    Part& part = parts_.emplace_back(Part{places[i], std::nullopt});
    if (places[i]) part.migration.emplace(was->children()[*places[i]], is->children()[i]);
  }
}

void ValueMigration::migrate(ByteReader& in, ByteWriter& out) const {
  const auto tag = static_cast<ValueTag>(in.rest().empty() ? 0 : static_cast<uint8_t>(in.rest().front()));
  if (as_it_is_ || tag == ValueTag::kNone) return out.put_raw(take_value(in));
  const bool is_sequence = tag == ValueTag::kTuple || tag == ValueTag::kList;
  if (is_->kind() == TypeKind::kMap ? tag != ValueTag::kDict
                                    : !is_sequence && (is_list(is_->kind()) || tag != ValueTag::kRow)) {
    refuse(*was_);
  }
  if (is_->kind() == TypeKind::kRow || is_->kind() == TypeKind::kTuple) return migrate_fields(in, out);
  out.put_byte(in.get_byte());
  uint64_t count = in.get_varint();
  out.put_varint(count);
  for (; count > 0; --count) {
    if (is_->kind() == TypeKind::kMap) out.put_raw(take_value(in));
    parts_.front().migration->migrate(in, out);
  }
}

/// Of rows and tuples, in whatever they were given as.
void ValueMigration::migrate_fields(ByteReader& in, ByteWriter& out) const {
  const auto tag = static_cast<ValueTag>(in.get_byte());
  std::vector<std::string_view> fields(was_->children().size());
  uint8_t row_kind = tag == ValueTag::kRow ? in.get_byte() : 0;
  const uint64_t count = in.get_varint();
  if (count > fields.size()) refuse(*was_);
  bool named = tag == ValueTag::kRow && in.get_byte() != 0;
  std::vector<size_t> places;
  for (size_t i = 0; i < count; ++i) places.push_back(named ? place_in(*was_, in.get_bytes()) : i);
  for (size_t i = 0; i < count; ++i) fields[places[i]] = take_value(in);
  out.put_byte(static_cast<uint8_t>(tag));
  if (tag == ValueTag::kRow) out.put_byte(row_kind);
  out.put_varint(parts_.size());
  if (tag == ValueTag::kRow) out.put_byte(named ? 1 : 0);
  for (size_t i = 0; named && i < parts_.size(); ++i) out.put_bytes(is_->names()[i]);
  for (const Part& part : parts_) {
    if (!part.place || fields[*part.place].empty()) {
      out.put_byte(static_cast<uint8_t>(ValueTag::kNone));
    } else {
      ByteReader field(fields[*part.place]);
      part.migration->migrate(field, out);
    }
  }
}

}  // namespace pf
