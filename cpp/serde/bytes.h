#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pf {

/// The number whose bytes in memory are those of the given one from the highest to the lowest, and the other
/// way round.
constexpr uint64_t big_endian(uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

/// Appends numbers and text to a string, in the layout that docs/formats/values.md describes: fixed-width
/// numbers big-endian, lengths as varints.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void put_byte(uint8_t byte) { out_.push_back(static_cast<char>(byte)); }
  void put_fixed32(uint32_t value) { put_big_endian(value, 4); }
  void put_fixed64(uint64_t value) { put_big_endian(value, 8); }
  /// Sorts as the numbers do.
  void put_ordered64(int64_t value) { put_fixed64(static_cast<uint64_t>(value) ^ (uint64_t{1} << 63)); }
  void put_double(double value) { put_fixed64(std::bit_cast<uint64_t>(value)); }
  void put_varint(uint64_t value) {
    while (value >= 0x80) {
      put_byte(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    put_byte(static_cast<uint8_t>(value));
  }
  void put_raw(std::string_view bytes) { out_.append(bytes); }
  /// With its length before it.
  void put_bytes(std::string_view bytes) {
    put_varint(bytes.size());
    put_raw(bytes);
  }

 private:
  void put_big_endian(uint64_t value, size_t bytes) {
    const uint64_t ordered = big_endian(value << (64 - 8 * bytes));
    char first[sizeof(ordered)];
    std::memcpy(first, &ordered, sizeof(ordered));
    out_.append(first, bytes);
  }

  std::string& out_;
};

/// Reads what a ByteWriter wrote. Throws Error where the bytes end too early; the bytes must outlive it.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

  uint8_t get_byte() { return static_cast<uint8_t>(get_raw(1)[0]); }
  uint32_t get_fixed32() { return static_cast<uint32_t>(get_big_endian(4)); }
  uint64_t get_fixed64() { return get_big_endian(8); }
  int64_t get_ordered64() { return static_cast<int64_t>(get_fixed64() ^ (uint64_t{1} << 63)); }
  double get_double() { return std::bit_cast<double>(get_fixed64()); }
  uint64_t get_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte = get_byte();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw Error("a number in serialized state is too long: the bytes are damaged");
  }
  std::string_view get_raw(size_t size) {
    if (size > bytes_.size()) throw Error("serialized state ends too early: the bytes are damaged");
    std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view get_bytes() { return get_raw(get_varint()); }

 private:
  uint64_t get_big_endian(size_t bytes) {
    uint64_t ordered = 0;
    std::memcpy(&ordered, get_raw(bytes).data(), bytes);
    return big_endian(ordered) >> (64 - 8 * bytes);
  }

  std::string_view bytes_;
};

}  // namespace pf
