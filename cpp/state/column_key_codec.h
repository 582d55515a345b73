#pragma once

#include <memory>

#include "state/key_codec.h"

namespace pf {

/// For keys in native columns: the tagged bytes that the same keys have as Python objects.
std::shared_ptr<const KeyCodec> make_column_key_codec();

}  // namespace pf
