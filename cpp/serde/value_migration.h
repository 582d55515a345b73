#pragma once

#include <optional>
#include <vector>

#include "model/type_info.h"
#include "serde/bytes.h"

namespace pf {

/// Whether what was saved with one type can be taken up with another one. It can where no value loses
/// anything but fields that were taken away: a row may gain fields (missing in older values), lose some, and
/// have them in another order where they have names; without names, and in tuples, only the last ones come
/// and go. Numbers may get wider. All of that at any depth, except in keys of maps. A row that loses a field
/// and gains another one that could hold its values is refused: it may be the same one under a new name.
bool can_migrate(const TypeInfo& was, const TypeInfo& is);

/// How values of one type become values of another one, to which it can migrate: found out once, for all of
/// them. Immutable; any thread.
class ValueMigration {
 public:
  ValueMigration(const TypeInfoPtr& was, const TypeInfoPtr& is);
  /// Reads a self-describing value (docs/formats/values.md) of the one type, and writes it as one of the
  /// other. Throws Error where the bytes don't hold a value of the type.
  void migrate(ByteReader& in, ByteWriter& out) const;

 private:
  void migrate_fields(ByteReader& in, ByteWriter& out) const;

  TypeInfoPtr was_;
  TypeInfoPtr is_;
  bool as_it_is_;
  /// Of what is within: of each field of a row or tuple, of the elements of a list, of the values of a map.
  struct Part;
  std::vector<Part> parts_;
};

struct ValueMigration::Part {
  std::optional<size_t> place;              // among the old fields; none: it is new
  std::optional<ValueMigration> migration;  // none where the field is new
};

}  // namespace pf
