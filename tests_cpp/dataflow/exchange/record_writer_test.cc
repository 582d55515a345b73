#include "dataflow/exchange/record_writer.h"

#include <gtest/gtest.h>

#include "dataflow/exchange/value_as_key.h"
#include "harness/values.h"
#include "harness/wires.h"

namespace pf::testing {
namespace {

std::vector<int64_t> rows_in(Wires& wires, size_t channel) {
  std::vector<int64_t> rows;
  for (const auto& element : wires.drain(channel)) {
    const auto& values = longs_of(std::get<Batch>(element));
    rows.insert(rows.end(), values.begin(), values.end());
  }
  return rows;
}

TEST(RecordWriterTest, RowsOfABatchAreDealtOutInOrder) {
  Wires wires(3, 4);
  TaskMetrics metrics;
  RecordWriter writer(nullptr, make_round_robin_partitioner(3, 0), wires.pointers, metrics);
  writer.write(longs({1, 2, 3, 4, 5}));
  EXPECT_EQ(rows_in(wires, 0), (std::vector<int64_t>{1, 4}));
  EXPECT_EQ(rows_in(wires, 1), (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(rows_in(wires, 2), (std::vector<int64_t>{3}));
  EXPECT_EQ(metrics.bytes_out.value(), 5 * 8);
}

TEST(RecordWriterTest, ChannelsWithoutARowGetNoBatch) {
  Wires wires(3, 4);
  TaskMetrics metrics;
  RecordWriter writer(nullptr, make_round_robin_partitioner(3, 1), wires.pointers, metrics);
  writer.write(longs({1}));
  writer.write(longs({}));
  writer.announce();
  EXPECT_TRUE(wires.channels[0]->empty());
  EXPECT_FALSE(wires.channels[1]->empty());
  EXPECT_TRUE(wires.channels[2]->empty());
}

TEST(RecordWriterTest, BroadcastSharesTheColumns) {
  Wires wires(2, 4);
  TaskMetrics metrics;
  RecordWriter writer(nullptr, make_broadcast_partitioner(), wires.pointers, metrics);
  writer.write(longs({1, 2}));
  auto first = wires.drain(0);
  auto second = wires.drain(1);
  EXPECT_EQ(std::get<Batch>(first.at(0)).values, std::get<Batch>(second.at(0)).values);
}

TEST(RecordWriterTest, EverythingElseGoesToAllChannels) {
  Wires wires(2, 4);
  TaskMetrics metrics;
  RecordWriter writer(nullptr, make_first_channel_partitioner(), wires.pointers, metrics);
  writer.write(Watermark{5});
  writer.write(WatermarkStatus{true});
  writer.write(Barrier{1, 0, 0});
  writer.write(EndOfInput{});
  for (size_t channel : {0, 1}) {
    auto received = wires.drain(channel);
    ASSERT_EQ(received.size(), 4U);
    EXPECT_EQ(std::get<Watermark>(received[0]).timestamp, 5);
    EXPECT_TRUE(std::holds_alternative<EndOfInput>(received[3]));
  }
}

TEST(RecordWriterTest, IsReadyOnlyWhenEveryChannelHasCredit) {
  Wires wires(2, 1);
  TaskMetrics metrics;
  RecordWriter writer(nullptr, make_round_robin_partitioner(2, 1), wires.pointers, metrics);
  EXPECT_TRUE(writer.ready());
  writer.write(longs({1}));
  EXPECT_FALSE(writer.ready());
  wires.drain(1);
  EXPECT_EQ(wires.writer.count(), 1);
  EXPECT_TRUE(writer.ready());
}

TEST(RecordWriterTest, KeysTravelWithTheRows) {
  Wires wires(2, 4);
  TaskMetrics metrics;
  RecordWriter writer(make_value_as_key()->create(), make_hash_partitioner(2, 128), wires.pointers, metrics);
  writer.write(strings({"a", "b", "c", "d", "e"}));
  size_t rows = 0;
  for (size_t channel : {0, 1}) {
    for (const auto& element : wires.drain(channel)) {
      const auto& batch = std::get<Batch>(element);
      EXPECT_EQ(strings_of(*batch.keys), strings_of(batch));
      rows += batch.size();
    }
  }
  EXPECT_EQ(rows, 5U);
}

}  // namespace
}  // namespace pf::testing
