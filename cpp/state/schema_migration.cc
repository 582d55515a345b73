#include "state/schema_migration.h"

#include <nlohmann/json.hpp>

#include "serde/type_schema.h"

namespace pf {
namespace {

using nlohmann::ordered_json;

/// The part of a state's schema that says what its values are; the rest of it may not change.
std::string take_value(ordered_json& schema) {
  for (const char* part : {"element", "value"}) {
    if (!schema.is_object() || !schema.contains(part)) continue;
    std::string value = schema[part].dump();
    schema.erase(part);
    return value;
  }
  return std::exchange(schema, ordered_json()).dump();
}

}  // namespace

std::optional<SchemaMigration> SchemaMigration::between(const std::string& was, const std::string& is) {
  ordered_json before = ordered_json::parse(was, nullptr, false);
  ordered_json now = ordered_json::parse(is, nullptr, false);
  if (before.is_discarded() || now.is_discarded()) return std::nullopt;
  const TypeInfoPtr type_before = type_of_schema(take_value(before));
  const TypeInfoPtr type_now = type_of_schema(take_value(now));
  if (!type_before || !type_now || before != now) return std::nullopt;
  if (!can_migrate(*type_before, *type_now)) return std::nullopt;
  return SchemaMigration(ValueMigration(type_before, type_now));
}

void SchemaMigration::migrate(ByteReader& in, ByteWriter& out) const { values_.migrate(in, out); }

}  // namespace pf
