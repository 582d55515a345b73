#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runtime/executor.h"

namespace pf {

/// Runs tasks on the calling thread, in an order that a seed decides: the same seed, the same
/// interleaving. For tests, which thereby meet orders that threads show once in a million runs.
class SeededExecutor final : public Executor {
 public:
  enum class Order : uint8_t {
    kUniform,   // any task that is ready, each as likely
    kPriority,  // the one of the highest priority; now and then a task is given another one. So some tasks
                // are far ahead of the others for long, which a uniform order nearly never shows
  };

  explicit SeededExecutor(uint64_t seed, Order order = Order::kUniform) : random_(seed), order_(order) {}

  void add(Runnable& task) override {
    PF_CHECK(std::exchange(task.seat, this) == nullptr);
    std::lock_guard lock(mutex_);
    if (order_ == Order::kPriority) priorities_[&task] = random_();
  }
  /// From any thread; the others from the one that runs the tasks.
  void schedule(Runnable& task) override {
    PF_CHECK(task.seat == this);
    std::lock_guard lock(mutex_);
    ready_.push_back(&task);
  }
  void remove(Runnable& task) override {
    PF_CHECK(std::exchange(task.seat, nullptr) == this);
    std::lock_guard lock(mutex_);
    priorities_.erase(&task);
    std::erase(ready_, &task);
  }
  /// Few, so that there are many orders to meet.
  int steps_per_run() const override { return 16; }
  void drain() override {
    while (run_one()) {
    }
  }
  /// Runs one task of those that are ready; false when none is.
  bool run_one() {
    Runnable* task = take_one();
    if (!task) return false;
    task->run();
    return true;
  }

 private:
  Runnable* take_one() {
    std::lock_guard lock(mutex_);
    if (ready_.empty()) return nullptr;
    size_t pick = order_ == Order::kUniform ? any() : most_urgent();
    Runnable* task = ready_[pick];
    ready_[pick] = ready_.back();
    ready_.pop_back();
    return task;
  }
  size_t any() { return std::uniform_int_distribution<size_t>(0, ready_.size() - 1)(random_); }
  size_t most_urgent() {
    if (random_() % 32 == 0) priorities_[ready_[any()]] = random_();
    auto less = [this](Runnable* a, Runnable* b) { return priorities_[a] < priorities_[b]; };
    return static_cast<size_t>(std::max_element(ready_.begin(), ready_.end(), less) - ready_.begin());
  }

  std::mt19937_64 random_;
  const Order order_;
  std::mutex mutex_;
  std::vector<Runnable*> ready_;
  std::map<Runnable*, uint64_t> priorities_;  // only looked up: the order of addresses decides nothing
};

}  // namespace pf
