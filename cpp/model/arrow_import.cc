#include "model/arrow_import.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/error.h"
#include "model/arrow_fixed_readers.h"
#include "model/arrow_nested_readers.h"
#include "model/arrow_text_readers.h"

namespace pf {
namespace {

bool bit_at(const uint8_t* bits, int64_t index) { return ((bits[index >> 3] >> (index & 7)) & 1) != 0; }

/// IEEE 754 half precision.
float half_float(uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const auto fraction = static_cast<float>(bits & 0x3FF);
  float value = exponent == 0      ? std::ldexp(fraction, -24)
                : exponent == 0x1F ? (fraction == 0 ? std::numeric_limits<float>::infinity()
                                                    : std::numeric_limits<float>::quiet_NaN())
                                   : std::ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

bool is_text(const TypeInfo& type) {
  return type.kind() == TypeKind::kString || type.kind() == TypeKind::kBytes;
}

[[noreturn]] void refuse(const ArrowSchema& schema) {
  throw Error("the field '" + std::string(schema.name ? schema.name : "") + "' has the Arrow type '" +
              schema.format + "', which cannot be read");
}

TypeInfoPtr list_of(const TypeInfoPtr& item) {
  return std::make_shared<TypeInfo>(TypeKind::kList, std::vector<std::string>(),
                                    std::vector<TypeInfoPtr>{item});
}

template <typename Offset>
ReaderPtr list_reader(const ArrowSchema& schema, int64_t fixed_size = 0) {
  ReaderPtr items = ArrowReader::of(*schema.children[0]);
  TypeInfoPtr type = list_of(items->type());
  return std::make_unique<ListReader<Offset>>(std::move(type), std::move(items), fixed_size);
}

ReaderPtr map_reader(const ArrowSchema& schema) {
  const ArrowSchema& entries = *schema.children[0];
  std::vector<ReaderPtr> parts = readers_of_children(entries);
  auto type = std::make_shared<TypeInfo>(TypeKind::kMap, std::vector<std::string>(),
                                         std::vector<TypeInfoPtr>{parts.at(0)->type(), parts.at(1)->type()});
  auto items = std::make_unique<StructReader>(TypeKind::kTuple, entries, std::move(parts));
  return std::make_unique<ListReader<int32_t>>(std::move(type), std::move(items));
}

/// `d:precision,scale` or `d:precision,scale,bits`.
ReaderPtr decimal_reader(const ArrowSchema& schema, std::string_view format) {
  int scale = 0;
  int bits = 128;
  if (std::sscanf(format.data(), "d:%*d,%d,%d", &scale, &bits) < 1) refuse(schema);
  auto reader = [](BuiltTextReader::Append append) {
    return std::make_unique<BuiltTextReader>(TypeKind::kBigDec, std::move(append));
  };
  if (bits == 128) return reader(append_decimal<__int128>(scale));
  if (bits == 64) return reader(append_decimal<int64_t>(scale));
  if (bits == 32) return reader(append_decimal<int32_t>(scale));
  refuse(schema);
}

ReaderPtr time_reader(const ArrowSchema& schema, std::string_view format) {
  if (format == "tdD") return std::make_unique<FixedReader<int32_t>>(TypeKind::kDate);
  if (format == "tdm") return rescaling<int64_t, int32_t>(TypeKind::kDate, 1, 86'400'000);
  if (format == "tts") return rescaling<int32_t, int64_t>(TypeKind::kTime, 1'000'000, 1);
  if (format == "ttm") return rescaling<int32_t, int64_t>(TypeKind::kTime, 1'000, 1);
  if (format == "ttu") return std::make_unique<FixedReader<int64_t>>(TypeKind::kTime);
  if (format == "ttn") return rescaling<int64_t, int64_t>(TypeKind::kTime, 1, 1'000);
  if (!format.starts_with("ts") || format.size() < 4) refuse(schema);
  const bool zoned = format.size() > 4;
  switch (format[2]) {
    case 's':
      if (zoned) return std::make_unique<InstantReader>(1);
      return rescaling<int64_t, int64_t>(TypeKind::kTimestamp, 1'000'000, 1);
    case 'm':
      if (zoned) return std::make_unique<InstantReader>(1'000);
      return rescaling<int64_t, int64_t>(TypeKind::kTimestamp, 1'000, 1);
    case 'u':
      if (zoned) return std::make_unique<InstantReader>(1'000'000);
      return std::make_unique<FixedReader<int64_t>>(TypeKind::kTimestamp);
    case 'n':
      if (zoned) return std::make_unique<InstantReader>(1'000'000'000);
      return rescaling<int64_t, int64_t>(TypeKind::kTimestamp, 1, 1'000);
    default:
      refuse(schema);
  }
}

ReaderPtr nested_reader(const ArrowSchema& schema, std::string_view format) {
  if (format == "+s")
    return std::make_unique<StructReader>(TypeKind::kRow, schema, readers_of_children(schema));
  if (format == "+l") return list_reader<int32_t>(schema);
  if (format == "+L") return list_reader<int64_t>(schema);
  if (format == "+m") return map_reader(schema);
  if (format.starts_with("+w:")) return list_reader<void>(schema, std::atoll(format.data() + 3));
  refuse(schema);
}

ReaderPtr simple_reader(const ArrowSchema& schema, std::string_view format) {
  switch (format.front()) {
    case 'n':
      return std::make_unique<NullReader>();
    case 'b':
      return converting<int8_t>(TypeKind::kBoolean, [](const void* bits, int64_t row) {
        return static_cast<int8_t>(bit_at(static_cast<const uint8_t*>(bits), row));
      });
    case 'c':
      return std::make_unique<FixedReader<int8_t>>(TypeKind::kByte);
    case 's':
      return std::make_unique<FixedReader<int16_t>>(TypeKind::kShort);
    case 'i':
      return std::make_unique<FixedReader<int32_t>>(TypeKind::kInt);
    case 'l':
      return std::make_unique<FixedReader<int64_t>>(TypeKind::kLong);
    case 'C':
      return widening<uint8_t, int16_t>(TypeKind::kShort);
    case 'S':
      return widening<uint16_t, int32_t>(TypeKind::kInt);
    case 'I':
      return widening<uint32_t, int64_t>(TypeKind::kLong);
    case 'L':
      return widening<uint64_t, int64_t>(TypeKind::kLong);
    case 'e':
      return converting<float>(TypeKind::kFloat, [](const void* values, int64_t row) {
        return half_float(static_cast<const uint16_t*>(values)[row]);
      });
    case 'f':
      return std::make_unique<FixedReader<float>>(TypeKind::kFloat);
    case 'g':
      return std::make_unique<FixedReader<double>>(TypeKind::kDouble);
    case 'u':
      return std::make_unique<TextReader>(TypeKind::kString);
    case 'z':
      return std::make_unique<TextReader>(TypeKind::kBytes);
    case 'U':
      return std::make_unique<BuiltTextReader>(TypeKind::kString, append_large);
    case 'Z':
      return std::make_unique<BuiltTextReader>(TypeKind::kBytes, append_large);
    default:
      refuse(schema);
  }
}

/// `w:size`.
ReaderPtr fixed_bytes_reader(std::string_view format) {
  const int64_t size = std::atoll(format.data() + 2);
  return std::make_unique<BuiltTextReader>(
      TypeKind::kBytes, [size](const ArrowArray& array, int64_t row, std::string& data) {
        data.append(buffer_of<char>(array, 1) + size * row, static_cast<size_t>(size));
      });
}

ReaderPtr reader_of(const ArrowSchema& schema) {
  const std::string_view format = schema.format;
  if (format.empty()) refuse(schema);
  if (format.front() == '+') return nested_reader(schema, format);
  if (format.front() == 't') return time_reader(schema, format);
  if (format.starts_with("d:")) return decimal_reader(schema, format);
  if (format.starts_with("w:")) return fixed_bytes_reader(format);
  if (format == "vu") return std::make_unique<BuiltTextReader>(TypeKind::kString, append_view);
  if (format == "vz") return std::make_unique<BuiltTextReader>(TypeKind::kBytes, append_view);
  if (format.size() > 1) refuse(schema);
  return simple_reader(schema, format);
}

}  // namespace

std::unique_ptr<const ArrowReader> ArrowReader::of(const ArrowSchema& schema) {
  ReaderPtr reader = reader_of(schema);
  if (!schema.dictionary) return reader;
  ReaderPtr texts = of(*schema.dictionary);
  if (!is_text(*texts->type())) {
    throw Error("the field '" + std::string(schema.name ? schema.name : "") +
                "' is a dictionary of something else than text, which cannot be read");
  }
  return std::make_unique<DictionaryReader>(std::move(reader), std::move(texts));
}

ColumnPtr ArrowReader::read(const SharedArrowArray& array, int64_t begin, int64_t rows) const {
  const ArrowArray& all = **array;
  return read(Slice{all, all.offset + begin, rows, array});
}

Validity ArrowReader::validity_of(const Slice& slice) {
  const auto* bits = slice.array.n_buffers > 0 ? buffer_of<uint8_t>(slice.array, 0) : nullptr;
  if (!bits || slice.array.null_count == 0) return {};
  std::vector<bool> flags(static_cast<size_t>(slice.rows));
  for (size_t i = 0; i < flags.size(); ++i) flags[i] = bit_at(bits, slice.begin + static_cast<int64_t>(i));
  return Validity::from_flags(flags);
}

}  // namespace pf
