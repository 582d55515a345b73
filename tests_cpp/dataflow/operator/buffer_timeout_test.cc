#include "dataflow/operator/buffer_timeout.h"

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

constexpr int64_t kMilli = 1'000'000;

/// Rows until the timeout is over, when each takes so many milliseconds; at most a thousand.
int rows_until_over(int64_t timeout_nanos, int64_t millis_a_row) {
  ManualClock clock;
  BufferTimeout timeout(clock, timeout_nanos);
  timeout.start();
  for (int rows = 1; rows <= 1000; ++rows) {
    clock.advance_millis(millis_a_row);
    if (timeout.is_over()) return rows;
  }
  return 1000;
}

TEST(BufferTimeoutTest, ZeroIsOverAfterEachRowAndNegativeNever) {
  EXPECT_EQ(rows_until_over(0, 0), 1);
  EXPECT_EQ(rows_until_over(-kMilli, 1000), 1000);
}

TEST(BufferTimeoutTest, SlowRowsAreCutAfterAMillisecondAtMost) {
  EXPECT_EQ(rows_until_over(100 * kMilli, 100), 1);
  EXPECT_EQ(rows_until_over(100 * kMilli, 1), 1);
  EXPECT_EQ(rows_until_over(kMilli, 1), 1);
}

TEST(BufferTimeoutTest, RowsThatTakeNoTimeAreNotCut) { EXPECT_EQ(rows_until_over(100 * kMilli, 0), 1000); }

TEST(BufferTimeoutTest, StartsAnew) {
  ManualClock clock;
  BufferTimeout timeout(clock, 10 * kMilli);
  timeout.start();
  clock.advance_millis(10);
  EXPECT_TRUE(timeout.is_over());
  timeout.start();
  EXPECT_FALSE(timeout.is_over());
}

}  // namespace
}  // namespace pf::testing
