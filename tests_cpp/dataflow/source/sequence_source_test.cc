#include "dataflow/source/sequence_source.h"

#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "harness/source_reader.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

std::vector<int64_t> share(const SourceFactory& factory, uint32_t subtask, uint32_t parallelism,
                           size_t batch_size = 7) {
  std::vector<int64_t> values;
  for (const Batch& batch : read_source(factory, subtask, parallelism, batch_size)) {
    EXPECT_LE(batch.size(), batch_size);
    EXPECT_GT(batch.size(), 0U);
    for (int64_t value : longs_of(batch)) values.push_back(value);
  }
  return values;
}

/// The shares, one after another, have to be the whole range in order, and of about equal length.
void expect_covered(int64_t first, size_t count, uint32_t parallelism) {
  auto factory = make_sequence_source(first, static_cast<int64_t>(static_cast<uint64_t>(first) + count - 1));
  std::vector<int64_t> all;
  for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
    auto values = share(*factory, subtask, parallelism);
    EXPECT_LE(values.size(), count / parallelism + 1);
    EXPECT_GE(values.size(), count / parallelism);
    all.insert(all.end(), values.begin(), values.end());
  }
  ASSERT_EQ(all.size(), count);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(all[i], static_cast<int64_t>(static_cast<uint64_t>(first) + i));
  }
}

TEST(SequenceSourceTest, SharesCoverAnyRangeExactlyAndEvenly) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    auto first = static_cast<int64_t>(random() % 2'000) - 1'000;
    expect_covered(first, 1 + random() % 200, static_cast<uint32_t>(1 + random() % 12));
  }
}

TEST(SequenceSourceTest, SharesCoverRangesAtBothEndsOfLong) {
  for (uint32_t parallelism : {1, 3, 4}) {
    expect_covered(INT64_MIN, 20, parallelism);
    expect_covered(INT64_MAX - 19, 20, parallelism);
    expect_covered(INT64_MAX, 1, parallelism);
  }
}

TEST(SequenceSourceTest, AllOfLongIsSharedOut) {
  auto factory = make_sequence_source(INT64_MIN, INT64_MAX);
  auto first_of = [&](uint32_t subtask) {
    return longs_of(read_source(*factory, subtask, 4, 1, 1).at(0)).at(0);
  };
  EXPECT_EQ(first_of(0), INT64_MIN);
  // The first three shares are a quarter of 2^64 each.
  EXPECT_EQ(first_of(1), INT64_MIN / 2);
  EXPECT_EQ(first_of(2), 0);
  EXPECT_EQ(first_of(3), INT64_MAX / 2 + 1);
}

TEST(SequenceSourceTest, AnEmptyRangeGivesNothing) {
  EXPECT_TRUE(share(*make_sequence_source(5, 4), 0, 2).empty());
  EXPECT_TRUE(share(*make_sequence_source(INT64_MAX, INT64_MIN), 1, 2).empty());
}

}  // namespace
}  // namespace pf::testing
