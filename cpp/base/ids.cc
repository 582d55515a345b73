#include "base/ids.h"

#include <random>

namespace pf {

JobId JobId::random() {
  std::random_device device;
  JobId id;
  for (auto& byte : id.bytes) byte = static_cast<uint8_t>(device());
  return id;
}

std::string JobId::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace pf
