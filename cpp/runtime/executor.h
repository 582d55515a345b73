#pragma once

#include <cstdint>

namespace pf {

/// Something that an executor runs: serially, never twice at the same time.
class Runnable {
 public:
  virtual ~Runnable() = default;
  virtual void run() = 0;

  void* seat = nullptr;  // what its executor knows it by
};

/// Gives tasks a thread to run on. `schedule` may be called from any thread; a task sees to it
/// itself that it is scheduled at most once at a time.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Called once for each task, before it is scheduled for the first time.
  virtual void add(Runnable& task) = 0;
  virtual void schedule(Runnable& task) = 0;
  /// Calls of operators that a task makes in one run: enough to make a run's own cost vanish, few enough to
  /// be fair.
  virtual int steps_per_run() const { return 64; }
  /// Called once for a task that was added, has returned from its last run and is not scheduled; others may
  /// run.
  virtual void remove(Runnable& /*task*/) {}
  /// Returns when nothing is running any more and nothing scheduled is left.
  virtual void drain() = 0;
};

}  // namespace pf
