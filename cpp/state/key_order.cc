#include "state/key_order.h"

#include "serde/flink_bytes.h"
#include "serde/value_tag.h"

namespace pf {
namespace {

/// Of the row around each key, whose only field it is: Flink's serializer of rows begins with this.
constexpr uint8_t kNotNull = 0;
constexpr uint8_t kNull = 0x20;

}  // namespace

std::string KeyOrder::place_of(std::string_view key) const {
  const bool pickled = type_->kind() == TypeKind::kPickled;
  std::string place;
  ByteWriter out(place);
  ByteReader in(key);
  if (!pickled && key.starts_with(static_cast<char>(ValueTag::kNone))) {
    out.put_byte(kNull);
  } else if (pickled && pickle_) {
    const std::string bytes = pickle_(key);
    out.put_byte(kNotNull);
    out.put_fixed32(static_cast<uint32_t>(bytes.size()));
    out.put_raw(bytes);
  } else {
    out.put_byte(kNotNull);
    if (!write_as_flink(in, *type_, out)) return std::string(key);
  }
  for (char& byte : place) byte = static_cast<char>(byte ^ 0x80);  // Java's bytes have signs
  return place;
}

}  // namespace pf
