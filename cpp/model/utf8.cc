#include "model/utf8.h"

#include <cstdint>
#include <cstring>

namespace pf {
namespace {

/// A multiple of eight: as many bytes from the first on as can be seen at a glance to be ASCII, which most
/// text is from end to end.
size_t leading_ascii(const unsigned char* data, size_t size) {
  constexpr uint64_t kNotAscii = 0x8080808080808080ULL;
  uint64_t words[4];
  size_t i = 0;
  for (; i + sizeof(words) <= size; i += sizeof(words)) {
    std::memcpy(words, data + i, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & kNotAscii) != 0) break;
  }
  for (; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
    std::memcpy(words, data + i, sizeof(uint64_t));
    if ((words[0] & kNotAscii) != 0) break;
  }
  return i;
}

}  // namespace

bool is_ascii(std::string_view text) {
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  size_t i = leading_ascii(data, text.size());
  while (i < text.size() && data[i] < 0x80) ++i;
  return i == text.size();
}

size_t first_invalid_utf8(std::string_view text) {
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  const size_t size = text.size();
  size_t i = 0;
  while (i < size) {
    i += leading_ascii(data + i, size - i);
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
