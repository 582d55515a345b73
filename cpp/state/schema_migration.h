#pragma once

#include <optional>
#include <string>
#include <utility>

#include "serde/bytes.h"
#include "serde/value_migration.h"

namespace pf {

/// How values of a state that was saved with one schema become those of another one (StateDescriptor's, or
/// that of a list's items).
class SchemaMigration {
 public:
  /// Nothing where there is no way that loses nothing; see `can_migrate`.
  static std::optional<SchemaMigration> between(const std::string& was, const std::string& is);
  /// One value, or element of a list.
  void migrate(ByteReader& in, ByteWriter& out) const;

 private:
  explicit SchemaMigration(ValueMigration values) : values_(std::move(values)) {}

  ValueMigration values_;
};

}  // namespace pf
