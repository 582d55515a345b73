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
  TimerQueue timers;
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
  {
    TimerQueue().after(3'600'000 * kMilli, [&] { fired = true; });
  }
  EXPECT_FALSE(fired);
}

TEST(TimerQueueTest, ACallbackMaySetTheNextTimer) {
  std::atomic<int> fired{0};
  TimerQueue timers;
  std::function<void()> again = [&] {
    if (++fired < 3) timers.after(0, again);
    fired.notify_all();
  };
  timers.after(0, again);
  for (int seen = fired; seen < 3; seen = fired) fired.wait(seen);
  EXPECT_EQ(fired, 3);
}

}  // namespace
}  // namespace pf::testing
