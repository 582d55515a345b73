#include "model/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace pf {
namespace {

constexpr uint64_t kNotAscii = 0x8080808080808080ULL;

uint64_t word_at(const char* data) {
  uint64_t word = 0;
  std::memcpy(&word, data, sizeof(word));
  return word;
}

}  // namespace

bool is_ascii(std::string_view text) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr size_t kBlock = 8 * kWord;
  const char* data = text.data();
  const size_t size = text.size();
  if (size < kWord) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }
  size_t i = 0;
  for (; i + kBlock <= size; i += kBlock) {
    uint64_t seen = 0;
    for (size_t word = 0; word < kBlock; word += kWord) seen |= word_at(data + i + word);
    if ((seen & kNotAscii) != 0) return false;
  }
  uint64_t seen = word_at(data + size - kWord);
  for (; i + kWord <= size; i += kWord) seen |= word_at(data + i);
  return (seen & kNotAscii) == 0;
}

size_t first_invalid_utf8(std::string_view text) {
  const size_t size = text.size();
  if (is_ascii(text)) return size;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  size_t i = 0;
  while (i < size) {
    while (i + sizeof(uint64_t) <= size && (word_at(text.data() + i) & kNotAscii) == 0) i += sizeof(uint64_t);
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
