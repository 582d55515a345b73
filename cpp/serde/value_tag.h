#pragma once

#include <cstdint>

namespace pf {

/// The first byte of a self-describing value; docs/formats/values.md says what follows it. Part of the format
/// of keys and of untyped state: a tag is never given another meaning.
enum class ValueTag : uint8_t {
  kNone = 0,
  kFalse = 1,
  kTrue = 2,
  kInt = 3,     // fits into 64 bits: ordered64
  kBigInt = 4,  // decimal digits
  kFloat = 5,
  kText = 6,  // UTF-8, surrogates passed
  kBytes = 7,
  kTuple = 8,  // count, then values
  kList = 9,
  kDict = 10,  // count, then keys and values in turn
  kRow = 11,   // kind, count, whether named, names, values
  kSet = 12,   // count, then the serialized values in order of their bytes
  kFrozenSet = 13,
  kDate = 14,      // year, month and day as one decimal number: ordered64
  kDateTime = 15,  // without a time zone: as kDate, then as kTime
  kTime = 16,      // microseconds of the day: ordered64
  kDecimal = 17,   // text
  kPickle = 255,
};

}  // namespace pf
