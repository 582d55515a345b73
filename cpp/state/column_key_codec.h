#pragma once

#include <memory>

#include "model/type_info.h"
#include "state/key_codec.h"

namespace pf {

/// For keys in native columns: the tagged bytes that the same keys have as Python objects. With a type, FLOAT
/// hashes as such, and not as the DOUBLE that its bytes are.
std::shared_ptr<const KeyCodec> make_column_key_codec(TypeInfoPtr type = nullptr);

}  // namespace pf
