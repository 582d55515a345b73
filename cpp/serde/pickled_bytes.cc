#include <algorithm>

#include "serde/decimal_digits.h"
#include "serde/flink_bytes.h"
#include "serde/value_tag.h"

namespace pf {
namespace {

constexpr size_t kLeastFrame = 4;
/// From here on Python writes text and bytes outside of frames.
constexpr size_t kLargest = size_t{64} * 1024;

/// Opcodes of pickle's fifth protocol.
class Pickle {
 public:
  explicit Pickle(ByteWriter& out) : out_(out) {}

  bool write(ByteReader& in) {
    switch (static_cast<ValueTag>(in.get_byte())) {
      case ValueTag::kNone:
        return code('N');
      case ValueTag::kTrue:
        return code('\x88');
      case ValueTag::kFalse:
        return code('\x89');
      case ValueTag::kInt:
        return write_integer(in.get_ordered64());
      case ValueTag::kBigInt:
        return write_long(two_s_complement(in.get_bytes()));
      case ValueTag::kFloat:
        code('G');
        out_.put_double(in.get_double());
        return true;
      case ValueTag::kText:
        return write_sized('\x8c', 'X', in.get_bytes());
      case ValueTag::kBytes:
        return write_sized('C', 'B', in.get_bytes());
      case ValueTag::kTuple:
        return write_tuple(in);
      default:
        return false;
    }
  }

 private:
  bool code(char opcode) {
    out_.put_byte(static_cast<uint8_t>(opcode));
    return true;
  }
  void put_lowest_first(uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out_.put_byte(static_cast<uint8_t>(number >> (8 * i)));
  }

  bool write_integer(int64_t number) {
    if (number == static_cast<int32_t>(number)) {
      const int bytes = number < 0 || number > 0xffff ? 4 : number > 0xff ? 2 : 1;
      code(bytes == 4 ? 'J' : bytes == 2 ? 'M' : 'K');
      put_lowest_first(static_cast<uint64_t>(number), bytes);
      return true;
    }
    return write_long(two_s_complement(std::to_string(number)));
  }
  bool write_long(std::string bytes) {
    if (bytes.size() > 0xff) return false;
    code('\x8a');
    out_.put_byte(static_cast<uint8_t>(bytes.size()));
    std::reverse(bytes.begin(), bytes.end());
    out_.put_raw(bytes);
    return true;
  }
  bool write_sized(char opcode_short, char opcode_long, std::string_view bytes) {
    if (bytes.size() >= kLargest) return false;
    const bool is_short = bytes.size() <= 0xff;
    code(is_short ? opcode_short : opcode_long);
    put_lowest_first(bytes.size(), is_short ? 1 : 4);
    out_.put_raw(bytes);
    return code('\x94');
  }
  bool write_tuple(ByteReader& in) {
    const uint64_t size = in.get_varint();
    if (size == 0) return code(')');
    if (size > 3) code('(');
    for (uint64_t i = 0; i < size; ++i) {
      if (!write(in)) return false;
    }
    code(size > 3 ? 't' : static_cast<char>('\x84' + size));
    return code('\x94');
  }

  ByteWriter& out_;
};

}  // namespace

bool write_pickled(ByteReader& value, ByteWriter& out) {
  std::string frame;
  ByteWriter into_frame(frame);
  if (!Pickle(into_frame).write(value)) return false;
  into_frame.put_byte('.');
  if (frame.size() >= kLargest) return false;
  out.put_raw("\x80\x05");
  if (frame.size() >= kLeastFrame) {
    out.put_byte(0x95);
    out.put_fixed64(big_endian(uint64_t{frame.size()}));
  }
  out.put_raw(frame);
  return true;
}

}  // namespace pf
