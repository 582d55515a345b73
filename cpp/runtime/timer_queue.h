#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace pf {

/// Runs short callbacks after a delay: on a thread of its own that starts with the first of them or, by a
/// clock that does not run by itself, on the thread that turns the clock. Callbacks only wake tasks. What
/// has not come due when the queue is destroyed never runs.
class TimerQueue {
 public:
  /// The clock must outlive the queue.
  explicit TimerQueue(Clock& clock);
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// From any thread.
  void after(int64_t nanos, std::function<void()> callback);

 private:
  struct Entry {
    int64_t due;
    uint64_t order;
    std::function<void()> callback;
    bool operator<(const Entry& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };
  void loop();
  void run_due(std::unique_lock<std::mutex>& lock);

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Entry> entries_;
  uint64_t next_order_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace pf
