#include "model/key_group.h"

#include <vector>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

// Published vectors of MurmurHash3_x86_32 over four bytes with seed 0, made non-negative as Flink does.
TEST(KeyGroupTest, MurmurOfKnownCodes) {
  EXPECT_EQ(murmur_hash(0), 0x2362f9deU);
  EXPECT_EQ(murmur_hash(-1), 0x76293b50U);
  EXPECT_EQ(murmur_hash(0x74736574), 0U - 0xba6bd213U);  // "test"
  EXPECT_EQ(murmur_hash(static_cast<int32_t>(0x87654321U)), 0U - 0xf55b516bU);
}

TEST(KeyGroupTest, GroupsOfSmallCodes) {
  EXPECT_EQ(key_group_of(0, 128), 94U);
  EXPECT_EQ(key_group_of(1, 128), 86U);
  EXPECT_EQ(key_group_of(2, 128), 127U);
  EXPECT_EQ(key_group_of(42, 128), 29U);
  EXPECT_EQ(key_group_of(99162322, 128), 35U);  // "hello"
}

/// As `KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex` gives it; both ends included.
struct Range {
  uint32_t first;
  uint32_t last;
};
Range flink_range(uint32_t subtask, uint32_t max_parallelism, uint32_t parallelism) {
  return {(subtask * max_parallelism + parallelism - 1) / parallelism,
          ((subtask + 1) * max_parallelism - 1) / parallelism};
}

TEST(KeyGroupTest, EachGroupLiesInTheRangeOfItsSubtaskAndInNoOther) {
  for (uint32_t max_parallelism : {1, 2, 7, 128, 200, 32768}) {
    for (uint32_t parallelism : {1, 2, 3, 5, 7, 64, 127, 128, 200}) {
      if (parallelism > max_parallelism) continue;
      uint32_t group = 0;
      for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
        Range range = flink_range(subtask, max_parallelism, parallelism);
        ASSERT_EQ(range.first, group);
        const KeyGroups groups = key_groups_of(subtask, max_parallelism, parallelism);
        ASSERT_EQ(groups.first, range.first);
        ASSERT_EQ(groups.end, range.last + 1);
        for (; group <= range.last; ++group) {
          ASSERT_EQ(subtask_of_key_group(group, max_parallelism, parallelism), subtask);
        }
      }
      ASSERT_EQ(group, max_parallelism);
    }
  }
}

TEST(KeyGroupTest, DefaultMaximumIsAPowerOfTwoAboveOneAndAHalfTimesTheParallelism) {
  EXPECT_EQ(default_max_parallelism(1), 128U);
  EXPECT_EQ(default_max_parallelism(85), 128U);
  EXPECT_EQ(default_max_parallelism(86), 256U);
  EXPECT_EQ(default_max_parallelism(170), 256U);
  EXPECT_EQ(default_max_parallelism(172), 512U);
  EXPECT_EQ(default_max_parallelism(32768), 32768U);
}

static_assert(key_group_of(INT32_MIN, 128) < 128);

}  // namespace
}  // namespace pf::testing
