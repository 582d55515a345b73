#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/executor.h"

namespace pf {

/// Runs its tasks one after another on a thread of its own, where they may block: for files. Any thread may
/// call any method but the thread itself.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor() = default;
  ~ThreadExecutor() override;

  void add(Runnable&) override {}
  void schedule(Runnable& task) override;
  void drain() override;

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Runnable*> scheduled_;
  bool running_ = false;
  bool stopping_ = false;
  std::thread thread_;  // started with the first task
};

}  // namespace pf
