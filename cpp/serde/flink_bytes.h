#pragma once

#include <string>

#include "model/type_info.h"
#include "serde/bytes.h"

namespace pf {

/// Writes a self-describing value (serde/value_tag.h) as Flink's serializer of the type does. False where the
/// value is none that the type has here, or holds what only Python can pickle; `out` is then half written.
bool write_as_flink(ByteReader& value, const TypeInfo& type, ByteWriter& out);

/// Writes a self-describing value as Python's `pickle.dumps` does with its fifth protocol. False likewise.
bool write_pickled(ByteReader& value, ByteWriter& out);

}  // namespace pf
