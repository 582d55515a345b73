#include "runtime/timer_queue.h"

#include <chrono>
#include <limits>

namespace pf {

TimerQueue::TimerQueue(Clock& clock) : clock_(clock) {
  clock_.on_turn(this, [this] {
    std::unique_lock lock(mutex_);
    run_due(lock);
    return entries_.empty() ? std::numeric_limits<int64_t>::max() : entries_.top().due;
  });
}

TimerQueue::~TimerQueue() {
  clock_.forget(this);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TimerQueue::after(int64_t nanos, std::function<void()> callback) {
  // No turn of such a clock may come any more. Others that are due wait for it: the caller may hold what they
  // need.
  if (nanos <= 0 && !clock_.runs_by_itself()) return callback();
  std::lock_guard lock(mutex_);
  entries_.push({clock_.monotonic_nanos() + nanos, next_order_++, std::move(callback)});
  if (!clock_.runs_by_itself()) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  changed_.notify_all();
}

void TimerQueue::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    run_due(lock);
    if (stopping_) return;
    if (entries_.empty()) {
      changed_.wait(lock);
    } else {
      int64_t left = entries_.top().due - clock_.monotonic_nanos();
      changed_.wait_for(lock, std::chrono::nanoseconds(left));
    }
  }
}

void TimerQueue::run_due(std::unique_lock<std::mutex>& lock) {
  while (!stopping_ && !entries_.empty() && entries_.top().due <= clock_.monotonic_nanos()) {
    auto callback = entries_.top().callback;
    entries_.pop();
    lock.unlock();
    callback();
    lock.lock();
  }
}

}  // namespace pf
