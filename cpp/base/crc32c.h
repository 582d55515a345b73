#pragma once

#include <cstdint>
#include <string_view>

namespace pf {

/// The CRC-32C checksum of some bytes that follow those whose checksum is `so_far`.
uint32_t crc32c(std::string_view bytes, uint32_t so_far = 0);
/// The same on processors that have no instruction for it.
uint32_t crc32c_by_tables(std::string_view bytes, uint32_t so_far = 0);

}  // namespace pf
