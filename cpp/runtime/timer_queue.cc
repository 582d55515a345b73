#include "runtime/timer_queue.h"

#include <chrono>

#include "base/clock.h"

namespace pf {
namespace {

int64_t now() { return SystemClock().monotonic_nanos(); }

}  // namespace

TimerQueue::~TimerQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TimerQueue::after(int64_t nanos, std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  entries_.push({now() + nanos, next_order_++, std::move(callback)});
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  changed_.notify_all();
}

void TimerQueue::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    int64_t left = entries_.top().due - now();
    if (left > 0) {
      changed_.wait_for(lock, std::chrono::nanoseconds(left));
      continue;
    }
    auto callback = entries_.top().callback;
    entries_.pop();
    lock.unlock();
    callback();
    lock.lock();
  }
}

}  // namespace pf
