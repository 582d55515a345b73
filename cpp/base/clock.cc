#include "base/clock.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace pf {

int64_t SystemClock::epoch_millis() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t SystemClock::monotonic_nanos() const {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

int64_t SystemClock::coarse_nanos() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

void ManualClock::advance_millis(int64_t millis) {
  std::lock_guard lock(mutex_);
  nanos_ += millis * 1'000'000;
  for (const auto& [who, callback] : callbacks_) callback();
}

bool ManualClock::advance_towards(int64_t epoch_millis) {
  std::lock_guard lock(mutex_);
  const int64_t target = epoch_millis * 1'000'000;
  int64_t next = target;
  for (const auto& [who, callback] : callbacks_) next = std::min(next, callback());
  nanos_ = std::max(nanos_.load(), next);
  for (const auto& [who, callback] : callbacks_) callback();
  return nanos_ >= target;
}

void ManualClock::on_turn(const void* who, std::function<int64_t()> callback) {
  std::lock_guard lock(mutex_);
  callbacks_[who] = std::move(callback);
}

void ManualClock::forget(const void* who) {
  std::lock_guard lock(mutex_);
  callbacks_.erase(who);
}

}  // namespace pf
