#include "serde/element_bytes.h"

#include <gtest/gtest.h>

#include "harness/values.h"
#include "state/in_flight_snapshot.h"

namespace pf::testing {
namespace {

StreamElement again(const StreamElement& element) {
  std::string bytes;
  ByteWriter out(bytes);
  write_element(element, nullptr, out);
  ByteReader in(bytes);
  StreamElement read = read_element(in, nullptr);
  EXPECT_TRUE(in.at_end());
  return read;
}

TEST(ElementBytesTest, ABatchComesBackWithAllThatItHas) {
  Batch batch = longs({1, -2, 3});
  batch.keys = string_column({"a", "", "c"});
  batch.timestamps = std::make_shared<std::vector<int64_t>>(std::vector<int64_t>{5, kMinTimestamp, -7});
  batch.kinds = std::make_shared<std::vector<RowKind>>(
      std::vector<RowKind>{RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kDelete});
  const Batch read = std::get<Batch>(again(batch));
  EXPECT_EQ(longs_of(read), longs_of(batch));
  EXPECT_EQ(strings_of(*read.keys), strings_of(*batch.keys));
  EXPECT_EQ(*read.timestamps, *batch.timestamps);
  EXPECT_EQ(*read.kinds, *batch.kinds);
}

TEST(ElementBytesTest, WhatABatchLacksItStillLacks) {
  const Batch read = std::get<Batch>(again(strings({"x"})));
  EXPECT_EQ(strings_of(read), std::vector<std::string>{"x"});
  EXPECT_EQ(read.keys, nullptr);
  EXPECT_EQ(read.timestamps, nullptr);
  EXPECT_EQ(read.kinds, nullptr);
}

TEST(ElementBytesTest, WatermarksAndTheirStatusComeBack) {
  EXPECT_EQ(std::get<Watermark>(again(Watermark{-4})).timestamp, -4);
  EXPECT_TRUE(std::get<WatermarkStatus>(again(WatermarkStatus{true})).idle);
  EXPECT_FALSE(std::get<WatermarkStatus>(again(WatermarkStatus{false})).idle);
}

TEST(ElementBytesTest, BytesThatAreCutOffAnywhereAreDamaged) {
  std::string bytes;
  ByteWriter out(bytes);
  Batch batch = longs({1, 2});
  batch.keys = batch.values;
  batch.timestamps = std::make_shared<std::vector<int64_t>>(std::vector<int64_t>{5, 6});
  write_element(batch, nullptr, out);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_THROW(read_element(in, nullptr), Error) << size;
  }
}

TEST(InFlightSnapshotTest, ChannelsComeBackAndOtherBytesAreRefused) {
  InFlightSnapshotWriter out;
  out.add_channel({1, "sender", 3}, "elements");
  out.add_channel({0, "other", 0}, "");
  const InFlightSnapshot snapshot(out.finish());
  ASSERT_EQ(snapshot.channels().size(), 2U);
  EXPECT_EQ(snapshot.channels()[0].input, 1U);
  EXPECT_EQ(snapshot.channels()[0].from, "sender");
  EXPECT_EQ(snapshot.channels()[0].sender, 3U);
  EXPECT_EQ(snapshot.channels()[0].elements, "elements");
  std::string later = snapshot.bytes();
  later[4] = 2;
  EXPECT_THROW(InFlightSnapshot{later}, Error);
  EXPECT_THROW(InFlightSnapshot{"PFKS"}, Error);
  EXPECT_THROW(InFlightSnapshot{snapshot.bytes().substr(0, 9)}, Error);
}

}  // namespace
}  // namespace pf::testing
