#include "serde/bytes.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "serde/serializer.h"

namespace pf::testing {
namespace {

TEST(BytesTest, WhatIsWrittenIsReadBack) {
  const std::vector<uint64_t> numbers = {0, 1, 127, 128, 16'383, 16'384, UINT64_MAX};
  std::string bytes;
  ByteWriter out(bytes);
  for (uint64_t number : numbers) {
    out.put_varint(number);
    out.put_fixed64(number);
    out.put_fixed32(static_cast<uint32_t>(number));
  }
  out.put_double(-0.5);
  out.put_bytes("text");
  out.put_raw("rest");
  ByteReader in(bytes);
  for (uint64_t number : numbers) {
    EXPECT_EQ(in.get_varint(), number);
    EXPECT_EQ(in.get_fixed64(), number);
    EXPECT_EQ(in.get_fixed32(), static_cast<uint32_t>(number));
  }
  EXPECT_EQ(in.get_double(), -0.5);
  EXPECT_EQ(in.get_bytes(), "text");
  EXPECT_EQ(in.rest(), "rest");
}

TEST(BytesTest, OrderedNumbersSortAsTheirBytes) {
  const std::vector<int64_t> numbers = {std::numeric_limits<int64_t>::min(), -256, -1, 0, 1, 255, 256,
                                        std::numeric_limits<int64_t>::max()};
  std::string before;
  for (int64_t number : numbers) {
    std::string bytes;
    ByteWriter(bytes).put_ordered64(number);
    EXPECT_LT(before, bytes);
    EXPECT_EQ(ByteReader(bytes).get_ordered64(), number);
    before = bytes;
  }
}

TEST(BytesTest, BytesThatEndTooEarlyAreRefused) {
  EXPECT_THROW(ByteReader("").get_byte(), Error);
  EXPECT_THROW(ByteReader("1234567").get_fixed64(), Error);
  EXPECT_THROW(ByteReader("\xff\xff").get_varint(), Error);
  EXPECT_THROW(ByteReader(std::string(11, '\xff')).get_varint(), Error);
  EXPECT_THROW(ByteReader("\x05"
                          "abc")
                   .get_bytes(),
               Error);
}

TEST(SerializerTest, NumbersComeBack) {
  for (auto& serializer : {make_long_serializer(), make_double_serializer()}) {
    for (uint64_t word : {uint64_t{0}, UINT64_MAX, uint64_t{1} << 63}) {
      std::string bytes;
      ByteWriter out(bytes);
      serializer->write({word}, out);
      ByteReader in(bytes);
      EXPECT_EQ(serializer->read(in).word, word);
      EXPECT_TRUE(in.at_end());
    }
  }
  EXPECT_NE(make_long_serializer()->schema(), make_double_serializer()->schema());
}

}  // namespace
}  // namespace pf::testing
