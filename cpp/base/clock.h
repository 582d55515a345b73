#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pf {

/// Where all time in the engine comes from. Any thread may ask.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since the Unix epoch: what users see as processing time.
  virtual int64_t epoch_millis() const = 0;
  /// Nanoseconds since an arbitrary start, never going back: what durations are measured with.
  virtual int64_t monotonic_nanos() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  int64_t epoch_millis() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
  int64_t monotonic_nanos() const override {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
  }
};

/// A clock that stands still until a test turns it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t epoch_millis = 0) : nanos_(epoch_millis * 1'000'000) {}
  void advance_millis(int64_t millis) { nanos_ += millis * 1'000'000; }
  int64_t epoch_millis() const override { return nanos_ / 1'000'000; }
  int64_t monotonic_nanos() const override { return nanos_; }

 private:
  std::atomic<int64_t> nanos_;
};

}  // namespace pf
