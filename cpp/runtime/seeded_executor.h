#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "runtime/executor.h"

namespace pf {

/// Runs tasks on the calling thread, in an order that a seed decides: the same seed, the same
/// interleaving. For tests, which thereby meet orders that threads show once in a million runs.
class SeededExecutor final : public Executor {
 public:
  explicit SeededExecutor(uint64_t seed) : random_(seed) {}

  void add(Runnable&) override {}
  void schedule(Runnable& task) override { ready_.push_back(&task); }
  void drain() override {
    while (run_one()) {
    }
  }
  /// Runs one task of those that are ready; false when none is.
  bool run_one() {
    if (ready_.empty()) return false;
    size_t pick = std::uniform_int_distribution<size_t>(0, ready_.size() - 1)(random_);
    Runnable* task = ready_[pick];
    ready_[pick] = ready_.back();
    ready_.pop_back();
    task->run();
    return true;
  }

 private:
  std::mt19937_64 random_;
  std::vector<Runnable*> ready_;
};

}  // namespace pf
