#include "model/arrow_decimal.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace pf {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error("the decimal " + std::string(text) + " does not fit " + std::to_string(kDecimalPrecision) +
              " digits, " + std::to_string(kDecimalScale) + " of them behind the point");
}

}  // namespace

__int128 parse_decimal(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  int64_t exponent = 0;
  if (size_t e = rest.find('E'); e != std::string_view::npos) {
    std::string_view digits = rest.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (parsed.ec != std::errc() || exponent > 1'000'000 || exponent < -1'000'000) refuse(text);
    rest = rest.substr(0, e);
  }
  std::string digits(rest);
  if (size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  // Now the value is `digits` times 10 to the power of `exponent`.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  int64_t shift = exponent + kDecimalScale;
  while (shift < 0 && !digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++shift;
  }
  if (digits.empty()) return 0;
  if (shift < 0 || shift + static_cast<int64_t>(digits.size()) > kDecimalPrecision) refuse(text);
  digits.append(static_cast<size_t>(shift), '0');
  __int128 value = 0;
  for (char digit : digits) {
    if (digit < '0' || digit > '9') refuse(text);
    value = value * 10 + (digit - '0');
  }
  return negative ? -value : value;
}

std::string decimal_text(__int128 value, int scale) {
  const bool negative = value < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string text;
  if (scale < 0 && rest != 0) text.append(static_cast<size_t>(-scale), '0');
  while (rest != 0 || static_cast<int>(text.size()) <= std::max(scale, 0)) {
    text.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
    if (static_cast<int>(text.size()) == scale) text.push_back('.');
  }
  if (text.back() == '.') text.push_back('0');
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace pf
