#include "runtime/thread_executor.h"

namespace pf {

ThreadExecutor::~ThreadExecutor() {
  drain();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ThreadExecutor::schedule(Runnable& task) {
  std::lock_guard lock(mutex_);
  scheduled_.push_back(&task);
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  changed_.notify_all();
}

void ThreadExecutor::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return scheduled_.empty() && !running_; });
}

void ThreadExecutor::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !scheduled_.empty(); });
    if (scheduled_.empty()) return;
    Runnable* task = scheduled_.front();
    scheduled_.pop_front();
    running_ = true;
    lock.unlock();
    task->run();
    lock.lock();
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace pf
