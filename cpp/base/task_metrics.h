#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>

namespace pf {

/// A number that one thread adds to and any thread reads.
class Counter {
 public:
  void add(int64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// A number that one thread sets and any thread reads.
class Gauge {
 public:
  explicit Gauge(int64_t value) : value_(value) {}
  void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_;
};

/// What one operator of one subtask has moved. Written by its task, read by anyone.
struct OperatorMetrics {
  Counter records_in;
  Counter records_out;
  Counter batches_in;
  Counter batches_out;
  /// Counted by window operators: records whose windows were all over when they came.
  Counter late_records_dropped;
  /// The last watermark in and out; Long.MIN before the first.
  Gauge input_watermark{std::numeric_limits<int64_t>::min()};
  Gauge output_watermark{std::numeric_limits<int64_t>::min()};
  /// Of each input, where there are several; `input_watermark` is the least of those that are active.
  std::deque<Gauge> watermarks_of_inputs;

  /// Before anyone reads.
  void tell_inputs_apart(int inputs) {
    for (int i = 0; inputs > 1 && i < inputs; ++i) {
      watermarks_of_inputs.emplace_back(std::numeric_limits<int64_t>::min());
    }
  }
};

/// How one subtask has spent its time, in nanoseconds, and the bytes it exchanged.
/// Idle: nothing to do. Backpressured: work waits, but an output has no credit.
struct TaskMetrics {
  Counter busy_nanos;
  Counter idle_nanos;
  Counter backpressured_nanos;
  Counter bytes_in;
  Counter bytes_out;
};

}  // namespace pf
