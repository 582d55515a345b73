#pragma once

#include <memory>
#include <mutex>

#include "dataflow/exchange/channel.h"

namespace pf {

/// How anything outside of a job's tasks (a user's thread, a timer) wakes one of them: it may outlive the
/// task, and then does nothing. Any thread.
class Waker {
 public:
  explicit Waker(Wakeable& target) : target_(&target) {}

  void wake() {
    std::lock_guard lock(mutex_);
    if (target_) target_->wake();
  }
  /// No call reaches the target any more once this returns.
  void retire() {
    std::lock_guard lock(mutex_);
    target_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Wakeable* target_;
};

}  // namespace pf
