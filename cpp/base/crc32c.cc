#include "base/crc32c.h"

#include <array>
#include <bit>
#include <cstring>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace pf {
namespace {

static_assert(std::endian::native == std::endian::little);

/// `kTables[k][byte]` is the checksum of the byte with k zero bytes behind it.
constexpr auto kTables = [] {
  constexpr uint32_t kPolynomial = 0x82F63B78;  // Castagnoli's, bits reversed
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}();

uint32_t by_tables(std::string_view bytes, uint32_t crc) {
  while (bytes.size() >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> 8 * k & 0xFF];
    bytes.remove_prefix(8);
  }
  for (char byte : bytes) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes, uint32_t crc) {
  while (bytes.size() >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    crc = static_cast<uint32_t>(_mm_crc32_u64(crc, word));
    bytes.remove_prefix(8);
  }
  for (char byte : bytes) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(byte));
  return crc;
}
#endif

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t so_far) {
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~by_instruction(bytes, ~so_far);
#endif
  return ~by_tables(bytes, ~so_far);
}

uint32_t crc32c_by_tables(std::string_view bytes, uint32_t so_far) { return ~by_tables(bytes, ~so_far); }

}  // namespace pf
