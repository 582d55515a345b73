#include "dataflow/exchange/partitioner.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "harness/values.h"
#include "model/key_group.h"

namespace pf::testing {
namespace {

Batch numbers(size_t count) {
  std::vector<int64_t> values(count);
  std::iota(values.begin(), values.end(), 0);
  return longs(std::move(values));
}

/// Rows that each channel got; also checks that a target is a channel.
std::vector<size_t> spread(Partitioner& partitioner, size_t channels,
                           const std::vector<size_t>& batch_sizes) {
  std::vector<size_t> rows(channels);
  for (size_t size : batch_sizes) {
    std::vector<uint32_t> targets;
    if (partitioner.route(numbers(size), targets) == Partitioner::Route::kWhole) {
      rows.at(targets.at(0)) += size;
    } else {
      EXPECT_EQ(targets.size(), size);
      for (uint32_t target : targets) ++rows.at(target);
    }
  }
  return rows;
}

TEST(RoundRobinPartitionerTest, ChannelsDifferByOneRowAtMostWhateverTheBatches) {
  std::mt19937_64 random(7);
  for (uint32_t channels : {1, 2, 3, 7}) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      auto partitioner = make_round_robin_partitioner(channels, seed);
      std::vector<size_t> sizes(50);
      for (auto& size : sizes) size = 1 + random() % 9;
      auto rows = spread(*partitioner, channels, sizes);
      auto [least, most] = std::minmax_element(rows.begin(), rows.end());
      EXPECT_LE(*most - *least, 1U);
    }
  }
}

TEST(RoundRobinPartitionerTest, SeedsStartAtDifferentChannels) {
  std::set<uint32_t> first;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    std::vector<uint32_t> targets;
    make_round_robin_partitioner(4, seed)->route(numbers(1), targets);
    first.insert(targets[0]);
  }
  EXPECT_EQ(first.size(), 4U);
}

TEST(HashPartitionerTest, EachRowGoesWhereItsKeyGroupLives) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i) keys.push_back("key " + std::to_string(i % 100));
  for (uint32_t channels : {2, 3, 128}) {
    std::vector<uint32_t> targets;
    Batch batch = keyed_strings(keys);
    ASSERT_EQ(make_hash_partitioner(channels, 128)->route(batch, targets), Partitioner::Route::kEach);
    auto codes = hashes_of(*batch.keys);
    for (size_t row = 0; row < keys.size(); ++row) {
      EXPECT_EQ(targets[row], subtask_of_key_group(key_group_of(codes[row], 128), 128, channels));
      EXPECT_EQ(targets[row], targets[row % 100]);
    }
  }
}

TEST(HashPartitionerTest, TheKeyCountsNotTheValue) {
  Batch batch = strings({"a", "b", "c"});
  batch.keys = string_column({"same", "same", "same"});
  std::vector<uint32_t> targets;
  make_hash_partitioner(128, 128)->route(batch, targets);
  EXPECT_EQ(targets, std::vector<uint32_t>(3, targets[0]));
}

TEST(HashPartitionerTest, OneChannelTakesTheBatchWhole) {
  std::vector<uint32_t> targets;
  EXPECT_EQ(make_hash_partitioner(1, 128)->route(numbers(3), targets), Partitioner::Route::kWhole);
  EXPECT_EQ(targets[0], 0U);
}

TEST(HashPartitionerTest, WithoutKeysItIsABugOfOurs) {
  std::vector<uint32_t> targets;
  EXPECT_THROW(make_hash_partitioner(2, 128)->route(numbers(3), targets), std::logic_error);
}

TEST(ShufflePartitionerTest, UsesAllChannelsAboutEqually) {
  auto rows = spread(*make_shuffle_partitioner(5, 11), 5, {4'000, 1, 5'999});
  for (size_t count : rows) EXPECT_NEAR(static_cast<double>(count), 2'000, 250);
}

TEST(BroadcastPartitionerTest, EveryChannelGetsEveryBatch) {
  std::vector<uint32_t> targets;
  EXPECT_EQ(make_broadcast_partitioner()->route(numbers(2), targets), Partitioner::Route::kAll);
}

TEST(FirstChannelPartitionerTest, EverythingGoesToChannelZero) {
  EXPECT_EQ(spread(*make_first_channel_partitioner(), 3, {5, 2}), (std::vector<size_t>{7, 0, 0}));
}

TEST(ShipStrategyTest, OnlyForwardAndRescaleKeepToNeighbours) {
  EXPECT_TRUE(is_pointwise(ShipStrategy::kForward));
  EXPECT_TRUE(is_pointwise(ShipStrategy::kRescale));
  EXPECT_FALSE(is_pointwise(ShipStrategy::kRebalance));
  EXPECT_STREQ(name_of(ShipStrategy::kHash), "HASH");
}

}  // namespace
}  // namespace pf::testing
