#pragma once

#include <cstdint>

namespace pf {

/// Flink's spreading of a `hashCode`: murmur over its four bytes, made non-negative.
constexpr uint32_t murmur_hash(int32_t code) {
  auto rotate = [](uint32_t x, int r) { return (x << r) | (x >> (32 - r)); };
  uint32_t hash = static_cast<uint32_t>(code);
  hash = rotate(hash * 0xcc9e2d51U, 15) * 0x1b873593U;
  hash = rotate(hash, 13) * 5 + 0xe6546b64U;
  hash ^= 4;
  hash ^= hash >> 16;
  hash *= 0x85ebca6bU;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35U;
  hash ^= hash >> 16;
  auto value = static_cast<int32_t>(hash);
  if (value >= 0) return hash;
  return value == INT32_MIN ? 0 : static_cast<uint32_t>(-value);
}

/// The atom of keyed state: which of `max_parallelism` groups a key belongs to.
constexpr uint32_t key_group_of(int32_t hash_code, uint32_t max_parallelism) {
  return murmur_hash(hash_code) % max_parallelism;
}

/// The subtask that owns a key group; groups are dealt out in contiguous ranges.
constexpr uint32_t subtask_of_key_group(uint32_t group, uint32_t max_parallelism, uint32_t parallelism) {
  return static_cast<uint32_t>(uint64_t{group} * parallelism / max_parallelism);
}

/// The highest maximum parallelism, as in Flink.
inline constexpr uint32_t kMostKeyGroups = 32768;

/// Key groups, from the first one to before `end`.
struct KeyGroups {
  uint32_t first = 0;
  uint32_t end = kMostKeyGroups;

  constexpr bool contains(uint32_t group) const { return first <= group && group < end; }
};

/// Those that a subtask owns.
constexpr KeyGroups key_groups_of(uint32_t subtask, uint32_t max_parallelism, uint32_t parallelism) {
  const auto first = [&](uint64_t of) {
    return static_cast<uint32_t>((of * max_parallelism + parallelism - 1) / parallelism);
  };
  return {first(subtask), first(uint64_t{subtask} + 1)};
}

/// Flink's default for an operator without an explicit maximum: the power of two at or above
/// 1.5 x parallelism, between 128 and 32,768.
constexpr uint32_t default_max_parallelism(uint32_t parallelism) {
  uint32_t wanted = parallelism + parallelism / 2;
  uint32_t power = 128;
  while (power < wanted && power < kMostKeyGroups) power *= 2;
  return power;
}

}  // namespace pf
