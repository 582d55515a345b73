#pragma once

#include <string>
#include <string_view>

namespace pf {

/// Digits of the decimals that go out to Arrow, and how many of them are behind the point: what Flink
/// makes of `BIG_DEC` where a precision is needed.
inline constexpr int kDecimalPrecision = 38;
inline constexpr int kDecimalScale = 18;

/// The whole number that stands for a decimal as `str` writes it (`-1.5`, `1E+3`), `kDecimalScale` digits
/// behind the point. Throws Error for one that has more digits than fit, and for NaN and infinity.
__int128 parse_decimal(std::string_view text);

/// The decimal that is `value` divided by 10 to the power of `scale`, with that many digits behind the point.
std::string decimal_text(__int128 value, int scale);

}  // namespace pf
