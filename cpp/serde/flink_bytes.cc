#include "serde/flink_bytes.h"

#include <algorithm>
#include <bit>

#include "serde/decimal_digits.h"
#include "serde/value_tag.h"

namespace pf {
namespace {

constexpr int64_t kMillisOfDay = 86'400'000;

/// The days since 1970-01-01 of a date written as year, month and day in one decimal number.
int64_t epoch_day(int64_t date) {
  int64_t year = date / 10'000 - (date / 100 % 100 <= 2 ? 1 : 0);
  int64_t month = (date / 100 % 100 + 9) % 12;  // from March on, so that leap days come last
  int64_t day_of_year = (153 * month + 2) / 5 + date % 100 - 1;
  return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719'468;
}

class Writer {
 public:
  explicit Writer(ByteWriter& out) : out_(out) {}

  bool write(ByteReader& in, const TypeInfo& type) {
    if (type.kind() == TypeKind::kPickled) return write_object(in);
    const auto tag = static_cast<ValueTag>(in.get_byte());
    switch (type.kind()) {
      case TypeKind::kBoolean:
        if (tag != ValueTag::kTrue && tag != ValueTag::kFalse) return false;
        out_.put_byte(tag == ValueTag::kTrue ? 1 : 0);
        return true;
      case TypeKind::kByte:
        return tag == ValueTag::kInt && write_integer(in, 1);
      case TypeKind::kShort:
        return tag == ValueTag::kInt && write_integer(in, 2);
      case TypeKind::kInt:
        return tag == ValueTag::kInt && write_integer(in, 4);
      case TypeKind::kLong:
        return tag == ValueTag::kInt && write_integer(in, 8);
      case TypeKind::kFloat:
        if (tag != ValueTag::kFloat) return false;
        out_.put_fixed32(std::bit_cast<uint32_t>(static_cast<float>(in.get_double())));
        return true;
      case TypeKind::kDouble:
        if (tag != ValueTag::kFloat) return false;
        out_.put_double(in.get_double());
        return true;
      case TypeKind::kChar:
        return tag == ValueTag::kText && write_char(in.get_bytes());
      case TypeKind::kString:
        return tag == ValueTag::kText ? write_text(in.get_bytes()) : tag == ValueTag::kNone && write_null();
      case TypeKind::kBytes:
        if (tag != ValueTag::kBytes) return false;
        write_sized(in.get_bytes());
        return true;
      case TypeKind::kBigInt:
        if (tag == ValueTag::kBigInt) return write_big(in.get_bytes());
        return tag == ValueTag::kInt && write_big(std::to_string(in.get_ordered64()));
      case TypeKind::kBigDec:
        return tag == ValueTag::kDecimal && write_decimal(std::string(in.get_bytes()));
      case TypeKind::kDate:
        if (tag != ValueTag::kDate) return false;
        out_.put_fixed64(static_cast<uint64_t>(epoch_day(in.get_ordered64()) * kMillisOfDay));
        return true;
      case TypeKind::kTime:
        if (tag != ValueTag::kTime) return false;
        out_.put_fixed64(static_cast<uint64_t>(in.get_ordered64() / 1'000));
        return true;
      case TypeKind::kTimestamp:
        return tag == ValueTag::kDateTime && write_timestamp(in);
      case TypeKind::kTuple:
        return tag == ValueTag::kTuple && write_fields(in, type);
      case TypeKind::kRow:
        return write_row(tag, in, type);
      case TypeKind::kList:
        return tag == ValueTag::kList && write_list(in, *type.children()[0]);
      default:
        return false;
    }
  }

 private:
  bool write_object(ByteReader& in) {
    std::string pickled;
    ByteWriter into(pickled);
    if (!write_pickled(in, into)) return false;
    write_sized(pickled);
    return true;
  }
  bool write_integer(ByteReader& in, int bytes) {
    auto number = static_cast<uint64_t>(in.get_ordered64());
    for (int i = bytes - 1; i >= 0; --i) out_.put_byte(static_cast<uint8_t>(number >> (8 * i)));
    return true;
  }
  void write_sized(std::string_view bytes) {
    out_.put_fixed32(static_cast<uint32_t>(bytes.size()));
    out_.put_raw(bytes);
  }
  bool write_null() {
    out_.put_byte(0);
    return true;
  }

  static std::u16string units_of(std::string_view utf8) {
    std::u16string units;
    for (size_t i = 0; i < utf8.size();) {
      auto byte = static_cast<uint8_t>(utf8[i]);
      const size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      uint32_t point = size == 1 ? byte : byte & (0x7fU >> size);
      for (size_t k = 1; k < size && i + k < utf8.size(); ++k) {
        point = point << 6 | (static_cast<uint8_t>(utf8[i + k]) & 0x3fU);
      }
      if (point >= 0x10000) {
        units.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10)));
        point = 0xdc00 + ((point - 0x10000) & 0x3ff);
      }
      units.push_back(static_cast<char16_t>(point));
      i += size;
    }
    return units;
  }
  bool write_text(std::string_view utf8) {
    const std::u16string units = units_of(utf8);
    out_.put_varint(units.size() + 1);
    for (char16_t unit : units) out_.put_varint(unit);
    return true;
  }
  bool write_char(std::string_view utf8) {
    const std::u16string units = units_of(utf8);
    if (units.size() != 1) return false;
    out_.put_byte(static_cast<uint8_t>(units[0] >> 8));
    out_.put_byte(static_cast<uint8_t>(units[0]));
    return true;
  }

  bool write_big(std::string_view digits) {
    const std::string bytes = two_s_complement(digits);
    out_.put_fixed32(static_cast<uint32_t>(bytes.size()) + 4);
    out_.put_raw(bytes);
    return true;
  }
  bool write_decimal(std::string text) {
    int64_t scale = 0;
    if (size_t e = text.find_first_of("eE"); e != std::string::npos) {
      scale = -std::stoll(text.substr(e + 1));
      text.resize(e);
    }
    if (size_t point = text.find('.'); point != std::string::npos) {
      scale += static_cast<int64_t>(text.size() - point - 1);
      text.erase(point, 1);
    }
    if (text.find_first_not_of("+-0123456789") != std::string::npos) return false;  // NaN, Infinity
    const std::string unscaled = two_s_complement(text);
    if (unscaled == std::string(1, '\0')) {  // has a sign of its own, as have 1 and 10
      out_.put_fixed32(1);
    } else if (unscaled == "\x01" || unscaled == "\x0a") {
      out_.put_fixed32(unscaled == "\x01" ? 2 : 3);
    } else {
      write_big(text);
    }
    out_.put_fixed32(static_cast<uint32_t>(scale));
    return true;
  }
  bool write_timestamp(ByteReader& in) {
    const int64_t day = epoch_day(in.get_ordered64());
    const int64_t micros = in.get_ordered64();
    out_.put_fixed64(static_cast<uint64_t>(day * kMillisOfDay + micros / 1'000));
    out_.put_fixed32(static_cast<uint32_t>(micros % 1'000'000 * 1'000));
    return true;
  }

  bool write_row(ValueTag tag, ByteReader& in, const TypeInfo& type) {
    if (tag != ValueTag::kRow && tag != ValueTag::kTuple) return false;  // in columns a row is as a tuple
    const uint8_t kind = tag == ValueTag::kRow ? in.get_byte() : 0;
    if (in.get_varint() != type.children().size()) return false;
    const bool named = tag == ValueTag::kRow && in.get_byte() != 0;
    for (size_t i = 0; named && i < type.children().size(); ++i) in.get_bytes();
    std::vector<bool> mask{(kind & 1) != 0, (kind & 2) != 0};
    std::string fields;
    ByteWriter into(fields);
    for (const TypeInfoPtr& field : type.children()) {
      mask.push_back(starts_with_none(in));
      if (mask.back()) {
        in.get_byte();
      } else if (!Writer(into).write(in, *field)) {
        return false;
      }
    }
    write_mask(mask);
    out_.put_raw(fields);
    return true;
  }
  static bool starts_with_none(const ByteReader& in) {
    return in.rest().starts_with(static_cast<char>(ValueTag::kNone));
  }
  void write_mask(const std::vector<bool>& mask) {
    for (size_t first = 0; first < mask.size(); first += 8) {
      uint8_t byte = 0;
      for (size_t i = 0; i < 8; ++i) {
        byte = static_cast<uint8_t>(byte << 1 | (first + i < mask.size() && mask[first + i] ? 1 : 0));
      }
      out_.put_byte(byte);
    }
  }

  bool write_fields(ByteReader& in, const TypeInfo& type) {
    if (in.get_varint() != type.children().size()) return false;
    return std::all_of(type.children().begin(), type.children().end(),
                       [&](const TypeInfoPtr& field) { return write(in, *field); });
  }
  bool write_list(ByteReader& in, const TypeInfo& element) {
    const uint64_t size = in.get_varint();
    out_.put_fixed32(static_cast<uint32_t>(size));
    for (uint64_t i = 0; i < size; ++i) {
      if (!write(in, element)) return false;
    }
    return true;
  }

  ByteWriter& out_;
};

}  // namespace

bool write_as_flink(ByteReader& value, const TypeInfo& type, ByteWriter& out) {
  return Writer(out).write(value, type);
}

}  // namespace pf
