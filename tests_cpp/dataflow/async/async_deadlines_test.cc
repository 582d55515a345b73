#include "dataflow/async/async_deadlines.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Calls = std::vector<CallId>;

TEST(AsyncDeadlinesTest, ACallTimesOutOnce) {
  AsyncDeadlines deadlines(100);
  deadlines.begin(1, 1'000);
  deadlines.begin(2, 1'050);
  EXPECT_EQ(deadlines.next(), 1'100);
  EXPECT_EQ(deadlines.take_due(1'099).timed_out, Calls{});
  EXPECT_EQ(deadlines.take_due(1'100).timed_out, Calls{1});
  EXPECT_EQ(deadlines.next(), 1'150);
  EXPECT_EQ(deadlines.take_due(9'999).timed_out, Calls{2});
  EXPECT_EQ(deadlines.next(), kMaxTimestamp);
}

TEST(AsyncDeadlinesTest, WithoutATimeoutNothingComesDue) {
  AsyncDeadlines deadlines(0);
  deadlines.begin(1, 0);
  EXPECT_EQ(deadlines.next(), kMaxTimestamp);
  EXPECT_TRUE(deadlines.end(1));
}

TEST(AsyncDeadlinesTest, ACallThatHasEndedHasNoDeadlinesAndEndsOnce) {
  AsyncDeadlines deadlines(100);
  deadlines.begin(1, 0);
  EXPECT_TRUE(deadlines.end(1));
  EXPECT_FALSE(deadlines.end(1));
  deadlines.retry_at(1, 50);
  EXPECT_EQ(deadlines.next(), kMaxTimestamp);
}

TEST(AsyncDeadlinesTest, ACallIsRetriedUntilItTimesOut) {
  AsyncDeadlines deadlines(100);
  deadlines.begin(1, 0);
  deadlines.retry_at(1, 40);
  EXPECT_EQ(deadlines.take_due(40).to_retry, Calls{1});
  deadlines.retry_at(1, 100);
  auto due = deadlines.take_due(100);
  EXPECT_EQ(due.timed_out, Calls{1});
  EXPECT_EQ(due.to_retry, Calls{});
  deadlines.retry_at(1, 120);
  EXPECT_EQ(deadlines.next(), kMaxTimestamp) << "after its timeout a call is not made again";
  EXPECT_TRUE(deadlines.end(1)) << "the timeout has a result, too";
}

TEST(AsyncDeadlinesTest, AgreesWithAnOracleInAnyOrderOfEvents) {
  struct Call {
    int64_t timeout = kMaxTimestamp;
    int64_t retry = kMaxTimestamp;
    bool timed_out = false;
  };
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    AsyncDeadlines deadlines(20);
    std::map<CallId, Call> oracle;
    CallId next_call = 1;
    int64_t now = 0;
    for (int step = 0; step < 60; ++step) {
      CallId some = 1 + random() % 8;
      switch (random() % 4) {
        case 0:
          deadlines.begin(next_call, now);
          oracle[next_call++].timeout = now + 20;
          break;
        case 1: {
          auto time = now + static_cast<int64_t>(random() % 30);
          deadlines.retry_at(some, time);
          if (oracle.contains(some) && !oracle[some].timed_out) oracle[some].retry = time;
          break;
        }
        case 2:
          ASSERT_EQ(deadlines.end(some), oracle.erase(some) == 1);
          break;
        default: {
          now += static_cast<int64_t>(random() % 15);
          auto due = deadlines.take_due(now);
          std::sort(due.timed_out.begin(), due.timed_out.end());
          std::sort(due.to_retry.begin(), due.to_retry.end());
          Calls timed_out, to_retry;
          for (auto& [id, call] : oracle) {
            if (call.retry <= now && call.retry < call.timeout) {
              to_retry.push_back(id);
              call.retry = kMaxTimestamp;
            }
            if (call.timeout > now) continue;
            timed_out.push_back(id);
            call = {kMaxTimestamp, kMaxTimestamp, true};
          }
          ASSERT_EQ(due.timed_out, timed_out) << "seed " << seed << " step " << step;
          ASSERT_EQ(due.to_retry, to_retry) << "seed " << seed << " step " << step;
        }
      }
      int64_t next = kMaxTimestamp;
      for (auto& [id, call] : oracle) next = std::min({next, call.timeout, call.retry});
      ASSERT_EQ(deadlines.next(), next) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace pf::testing
