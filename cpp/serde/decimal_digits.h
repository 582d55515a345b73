#pragma once

#include <string>
#include <string_view>

namespace pf {

/// A whole number, given by its decimal digits, in as few bytes of two's complement as it takes, the highest
/// first: Java's `BigInteger.toByteArray`. Digits may have a sign before them.
std::string two_s_complement(std::string_view digits);

}  // namespace pf
