#pragma once

#include "model/type_info.h"
#include "serde/bytes.h"

namespace pf {

/// Whether keys that were of one type are known to state by the same bytes under the other one. What was or
/// is not declared may be anything that its values tell by themselves.
bool keys_stay(const TypeInfo& was, const TypeInfo& is);

/// Whether the bytes are those of a key of the type, as far as values tell; reads one value.
bool is_key_of(const TypeInfo& type, ByteReader& key);

}  // namespace pf
