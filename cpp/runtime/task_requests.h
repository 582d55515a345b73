#pragma once

#include <atomic>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "runtime/task_checkpoints.h"
#include "state/keyed_snapshot.h"

namespace pf {

/// A future's other end, of which something comes in any case: where it is dropped, an Error.
template <typename T>
class Answer {
 public:
  explicit Answer(std::string if_dropped) : if_dropped_(std::move(if_dropped)) {}
  ~Answer() {
    if (promise_) fail(std::make_exception_ptr(Error(if_dropped_)));
  }
  Answer(Answer&&) = default;
  Answer& operator=(Answer&&) = delete;

  std::future<T> future() { return promise_->get_future(); }
  void give(T value) { std::exchange(promise_, nullptr)->set_value(std::move(value)); }
  void fail(std::exception_ptr why) { std::exchange(promise_, nullptr)->set_exception(std::move(why)); }

 private:
  std::unique_ptr<std::promise<T>> promise_ = std::make_unique<std::promise<T>>();
  std::string if_dropped_;
};

/// Somebody outside of the job wants to know what a queryable state has for an entry.
struct LookUpState {
  std::string queryable_name;
  std::string entry;
  Answer<std::shared_ptr<const KeyedSnapshot>> answer;
};

using TaskRequest = std::variant<CheckpointRequest, LookUpState>;

/// The requests that wait for a task's next run. Any thread adds; the task takes.
class TaskRequests {
 public:
  void add(TaskRequest request) {
    std::lock_guard lock(mutex_);
    if (!is_open_) return;
    waiting_.push_back(std::move(request));
    has_some_ = true;
  }
  std::vector<TaskRequest> take() {
    if (!has_some_) return {};
    std::lock_guard lock(mutex_);
    has_some_ = false;
    return std::exchange(waiting_, {});
  }
  /// What waits is dropped, and so is what comes later.
  void close() {
    std::lock_guard lock(mutex_);
    is_open_ = false;
    waiting_.clear();
  }

 private:
  std::atomic<bool> has_some_{false};
  std::mutex mutex_;
  bool is_open_ = true;
  std::vector<TaskRequest> waiting_;
};

}  // namespace pf
