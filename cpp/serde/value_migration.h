#pragma once

#include "model/type_info.h"
#include "serde/bytes.h"

namespace pf {

/// Whether what was saved with one type can be taken up with another one. It can where no value loses
/// anything but fields that were taken away: a row may gain fields (missing in older values), lose some, and
/// have them in another order where they have names; without names, and in tuples, only the last ones come
/// and go. Numbers may get wider. All of that at any depth, except in keys of maps. A row that loses a field
/// and gains another one that could hold its values is refused: it may be the same one under a new name.
bool can_migrate(const TypeInfo& was, const TypeInfo& is);

/// Reads a self-describing value (docs/formats/values.md) of one type, and writes it as one of the other,
/// to which it can migrate. Throws Error where the bytes don't hold a value of the type.
void migrate_value(const TypeInfo& was, const TypeInfo& is, ByteReader& in, ByteWriter& out);

}  // namespace pf
