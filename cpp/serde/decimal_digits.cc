#include "serde/decimal_digits.h"

#include <algorithm>
#include <cstdint>

namespace pf {

std::string two_s_complement(std::string_view digits) {
  const bool negative = !digits.empty() && digits.front() == '-';
  if (!digits.empty() && (negative || digits.front() == '+')) digits.remove_prefix(1);
  std::string bytes;  // the lowest first
  for (char digit : digits) {
    auto carry = static_cast<unsigned>(digit - '0');
    for (char& byte : bytes) {
      carry += 10U * static_cast<uint8_t>(byte);
      byte = static_cast<char>(carry);
      carry >>= 8;
    }
    if (carry > 0) bytes.push_back(static_cast<char>(carry));
  }
  bytes.push_back(0);  // room for the sign
  if (negative) {
    unsigned carry = 1;
    for (char& byte : bytes) {
      carry += static_cast<uint8_t>(~byte);
      byte = static_cast<char>(carry);
      carry >>= 8;
    }
  }
  auto is_negative = [](char byte) { return (static_cast<uint8_t>(byte) & 0x80) != 0; };
  while (bytes.size() > 1 && static_cast<uint8_t>(bytes.back()) == (is_negative(bytes.back()) ? 0xff : 0) &&
         is_negative(bytes[bytes.size() - 2]) == is_negative(bytes.back())) {
    bytes.pop_back();
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

}  // namespace pf
