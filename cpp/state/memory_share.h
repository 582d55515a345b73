#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace pf {

/// Bytes that the members of a job share evenly, however many there are at the moment. Any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t bytes) : bytes_(bytes) {}

 private:
  friend class MemoryShare;
  const size_t bytes_;
  std::atomic<size_t> members_{0};
};

/// A membership: shared ownership of the budget, for as long as anyone takes part.
class MemoryShare {
 public:
  explicit MemoryShare(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {
    ++budget_->members_;
  }
  ~MemoryShare() { --budget_->members_; }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  size_t bytes() const { return budget_->bytes_ / budget_->members_.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<MemoryBudget> budget_;
};

}  // namespace pf
