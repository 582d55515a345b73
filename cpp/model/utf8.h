#pragma once

#include <cstddef>
#include <string_view>

namespace pf {

/// The offset of the first byte that is not part of well-formed UTF-8, or the size when all is well.
size_t first_invalid_utf8(std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace pf
