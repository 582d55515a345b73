#include "model/utf8.h"

#include <cstdint>
#include <cstring>

namespace pf {

size_t first_invalid_utf8(std::string_view text) {
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  const size_t size = text.size();
  size_t i = 0;
  while (i < size) {
    // Eight ASCII bytes at a time, which is what most text is.
    uint64_t word = 0;
    while (i + 8 <= size) {
      std::memcpy(&word, data + i, 8);
      if ((word & 0x8080808080808080ULL) != 0) break;
      i += 8;
    }
    if (i == size) break;
    unsigned char lead = data[i];
    if (lead < 0x80) {
      ++i;
      continue;
    }
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > size) return i;
    for (size_t k = 1; k < length; ++k) {
      if ((data[i + k] & 0xC0) != 0x80) return i;
    }
    unsigned char second = data[i + 1];
    bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    bool surrogate = lead == 0xED && second > 0x9F;
    bool too_high = lead == 0xF4 && second > 0x8F;
    if (overlong || surrogate || too_high) return i;
    i += length;
  }
  return size;
}

}  // namespace pf
