#include "runtime/timer_queue.h"

#include <condition_variable>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

constexpr int64_t kMilli = 1'000'000;

TEST(TimerQueueTest, CallbacksComeInOrderOfTheirTime) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> fired;
  SystemClock clock;
  TimerQueue timers(clock);
  auto fire = [&](int which) {
    return [&, which] {
      std::lock_guard lock(mutex);
      fired.push_back(which);
      changed.notify_all();
    };
  };
  timers.after(40 * kMilli, fire(3));
  timers.after(0, fire(1));
  timers.after(20 * kMilli, fire(2));
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return fired.size() == 3; });
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3}));
}

TEST(TimerQueueTest, WhatIsNotDueAtTheEndNeverRuns) {
  bool fired = false;
  SystemClock clock;
  {
    TimerQueue(clock).after(3'600'000 * kMilli, [&] { fired = true; });
  }
  EXPECT_FALSE(fired);
}

TEST(TimerQueueTest, ACallbackMaySetTheNextTimer) {
  std::atomic<int> fired{0};
  SystemClock clock;
  TimerQueue timers(clock);
  std::function<void()> again = [&] {
    if (++fired < 3) timers.after(0, again);
    fired.notify_all();
  };
  timers.after(0, again);
  for (int seen = fired; seen < 3; seen = fired) fired.wait(seen);
  EXPECT_EQ(fired, 3);
}

TEST(TimerQueueTest, ByAManualClockCallbacksComeWhenItIsTurned) {
  ManualClock clock;
  TimerQueue timers(clock);
  std::vector<int> fired;
  timers.after(30 * kMilli, [&] { fired.push_back(30); });
  timers.after(10 * kMilli, [&] { fired.push_back(10); });
  clock.advance_millis(9);
  EXPECT_EQ(fired, std::vector<int>{});
  clock.advance_millis(1);
  EXPECT_EQ(fired, std::vector<int>{10});
  timers.after(0, [&] { fired.push_back(0); });
  EXPECT_EQ(fired, (std::vector<int>{10, 0}));
  clock.advance_millis(100);
  EXPECT_EQ(fired, (std::vector<int>{10, 0, 30}));
}

TEST(TimerQueueTest, AManualClockGoesFromOneDueTimeToTheNext) {
  ManualClock clock;
  TimerQueue timers(clock);
  std::vector<int64_t> fired_at;
  auto fire = [&] { fired_at.push_back(clock.epoch_millis()); };
  timers.after(30 * kMilli, fire);
  timers.after(10 * kMilli, [&] {
    fire();
    timers.after(5 * kMilli, fire);
  });
  int steps = 1;
  while (!clock.advance_towards(25)) ++steps;
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(clock.epoch_millis(), 25);
  EXPECT_EQ(fired_at, (std::vector<int64_t>{10, 15}));
  EXPECT_TRUE(clock.advance_towards(30));
  EXPECT_EQ(fired_at.back(), 30);
}

TEST(TimerQueueTest, AManualClockForgetsAQueueThatIsGone) {
  ManualClock clock;
  bool fired = false;
  TimerQueue(clock).after(kMilli, [&] { fired = true; });
  clock.advance_millis(1);
  EXPECT_FALSE(fired);
}

}  // namespace
}  // namespace pf::testing
