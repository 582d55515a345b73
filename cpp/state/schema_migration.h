#pragma once

#include <optional>
#include <string>

#include "model/type_info.h"
#include "serde/bytes.h"

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
  TypeInfoPtr was_;
  TypeInfoPtr is_;
};

}  // namespace pf
