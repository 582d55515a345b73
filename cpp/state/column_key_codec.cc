#include "state/column_key_codec.h"

#include <bit>
#include <limits>

#include "model/nested_column.h"
#include "serde/bytes.h"
#include "serde/value_tag.h"

namespace pf {
namespace {

void put_tag(ByteWriter& out, ValueTag tag) { out.put_byte(static_cast<uint8_t>(tag)); }

template <typename T>
const FixedColumn<T>* fixed(const Column& column) {
  return dynamic_cast<const FixedColumn<T>*>(&column);
}

template <typename T>
bool put_integer(const Column& column, size_t row, ByteWriter& out) {
  const auto* integers = fixed<T>(column);
  if (!integers) return false;
  if (!integers->validity()[row]) {
    put_tag(out, ValueTag::kNone);
  } else {
    put_tag(out, ValueTag::kInt);
    out.put_ordered64(integers->values()[row]);
  }
  return true;
}

template <typename T>
bool put_real(const Column& column, size_t row, ByteWriter& out) {
  const auto* reals = fixed<T>(column);
  if (!reals) return false;
  if (!reals->validity()[row]) {
    put_tag(out, ValueTag::kNone);
  } else {
    put_tag(out, ValueTag::kFloat);
    out.put_double(reals->values()[row]);
  }
  return true;
}

bool put_boolean(const Column& column, size_t row, ByteWriter& out) {
  const auto* flags = fixed<int8_t>(column);
  if (!flags || flags->type()->kind() != TypeKind::kBoolean) return false;
  if (!flags->validity()[row]) {
    put_tag(out, ValueTag::kNone);
  } else {
    put_tag(out, flags->values()[row] != 0 ? ValueTag::kTrue : ValueTag::kFalse);
  }
  return true;
}

void put_value(const Column& column, size_t row, ByteWriter& out) {
  if (const auto* text = dynamic_cast<const StringColumn*>(&column)) {
    if (!text->validity()[row]) return put_tag(out, ValueTag::kNone);
    put_tag(out, text->type()->kind() == TypeKind::kBytes ? ValueTag::kBytes : ValueTag::kText);
    return out.put_bytes(text->value(row));
  }
  if (const auto* fields = dynamic_cast<const StructColumn*>(&column)) {
    if (!fields->validity()[row]) return put_tag(out, ValueTag::kNone);
    put_tag(out, ValueTag::kTuple);
    out.put_varint(fields->fields().size());
    for (const ColumnPtr& field : fields->fields()) put_value(*field, row, out);
    return;
  }
  if (put_boolean(column, row, out) || put_integer<int64_t>(column, row, out) ||
      put_integer<int32_t>(column, row, out) || put_integer<int16_t>(column, row, out) ||
      put_integer<int8_t>(column, row, out) || put_real<double>(column, row, out) ||
      put_real<float>(column, row, out)) {
    return;
  }
  throw Error("keys of this type have no bytes that state could know them by");
}

int32_t fold(uint64_t bits) { return static_cast<int32_t>(bits ^ (bits >> 32)); }

int32_t hash_of_bytes(std::string_view bytes, TypeKind kind) {
  std::vector<int32_t> offsets{0, static_cast<int32_t>(bytes.size())};
  int32_t hash = 0;
  StringColumn(std::move(offsets), std::string(bytes), {}, TypeInfo::of(kind)).hash_codes({&hash, 1});
  return hash;
}

/// Java's `hashCode` of the value, as columns give it.
int32_t hash_of(ByteReader& in) {
  switch (static_cast<ValueTag>(in.get_byte())) {
    case ValueTag::kNone:
      return 0;
    case ValueTag::kTrue:
      return 1231;
    case ValueTag::kFalse:
      return 1237;
    case ValueTag::kInt:
      return fold(static_cast<uint64_t>(in.get_ordered64()));
    case ValueTag::kFloat: {
      double value = in.get_double();
      if (value != value) value = std::numeric_limits<double>::quiet_NaN();  // Java knows one NaN only
      return fold(std::bit_cast<uint64_t>(value));
    }
    case ValueTag::kText:
      return hash_of_bytes(in.get_bytes(), TypeKind::kString);
    case ValueTag::kBytes:
      return hash_of_bytes(in.get_bytes(), TypeKind::kBytes);
    case ValueTag::kTuple: {
      uint32_t hash = 0;
      for (uint64_t fields = in.get_varint(); fields > 0; --fields) {
        hash = hash * 31 + static_cast<uint32_t>(hash_of(in));
      }
      return static_cast<int32_t>(hash);
    }
    default:
      throw Error("a key in state has bytes that no column makes");
  }
}

class ColumnKeyCodec final : public KeyCodec {
 public:
  void encode(const Column& keys, size_t row, std::string& out) const override {
    ByteWriter writer(out);
    put_value(keys, row, writer);
  }
  int32_t hash_code(std::string_view key) const override {
    ByteReader in(key);
    return hash_of(in);
  }
};

}  // namespace

std::shared_ptr<const KeyCodec> make_column_key_codec() { return std::make_shared<ColumnKeyCodec>(); }

}  // namespace pf
