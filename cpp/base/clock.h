#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace pf {

/// Where all time in the engine comes from. Any thread may ask.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since the Unix epoch: what users see as processing time.
  virtual int64_t epoch_millis() const = 0;
  /// Nanoseconds since an arbitrary start, never going back: what durations are measured with.
  virtual int64_t monotonic_nanos() const = 0;
  /// As `monotonic_nanos`, but some milliseconds late at worst and several times cheaper.
  virtual int64_t coarse_nanos() const { return monotonic_nanos(); }

  /// False when it stands still until someone turns it; whoever waits for a time asks for `on_turn` then.
  virtual bool runs_by_itself() const { return true; }
  /// Calls back after each turn, on the thread that turns the clock, until `forget`. The callback does what
  /// is due, and gives the monotonic time at which the next thing will be; the greatest number for none.
  virtual void on_turn(const void* /*who*/, std::function<int64_t()> /*callback*/) {}
  /// No callback runs any more when it returns.
  virtual void forget(const void* /*who*/) {}
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  int64_t epoch_millis() const override;
  int64_t monotonic_nanos() const override;
  int64_t coarse_nanos() const override;
};

/// A clock that stands still until a test turns it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t epoch_millis = 0) : nanos_(epoch_millis * 1'000'000) {}
  void advance_millis(int64_t millis);
  /// Time goes by while some thread is busy: what comes due is done at the next turn. From any thread.
  void pass_millis(int64_t millis) { nanos_ += millis * 1'000'000; }
  /// Moves on to the next time at which something is due, but not beyond the given one, in milliseconds
  /// since the epoch. True once it shows that.
  bool advance_towards(int64_t epoch_millis);
  int64_t epoch_millis() const override { return nanos_ / 1'000'000; }
  int64_t monotonic_nanos() const override { return nanos_; }

  bool runs_by_itself() const override { return false; }
  void on_turn(const void* who, std::function<int64_t()> callback) override;
  void forget(const void* who) override;

 private:
  std::atomic<int64_t> nanos_;
  std::mutex mutex_;
  std::map<const void*, std::function<int64_t()>> callbacks_;
};

}  // namespace pf
