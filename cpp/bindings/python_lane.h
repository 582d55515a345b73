#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <pybind11/pybind11.h>

#include "runtime/executor.h"

namespace pf::python {

/// The one thread of a job that runs Python code: it takes the GIL while there are tasks to run, and shares
/// it with other Python threads in turns. So no TBB worker ever waits for the GIL.
/// Create, destroy, stop and drain it without the GIL.
class PythonLane final : public Executor {
 public:
  PythonLane();
  ~PythonLane() override;

  void add(Runnable&) override {}
  void schedule(Runnable& task) override;
  void drain() override;
  /// Ends the thread once nothing is ready. To be called, by one thread, before Python finalizes: a thread
  /// that wants the GIL after that is killed.
  void stop();
  /// Raises an exception of the given type in whatever Python code the lane is running: how a
  /// cancelled job ends a function that does not return by itself. Needs the GIL.
  void interrupt(PyObject* exception_type);

 private:
  void loop();
  /// Returns false when the lane stops.
  bool wait_for_task();
  /// The next task, null if none is ready.
  Runnable* begin_run();
  void end_run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Runnable*> ready_;
  bool busy_ = false;
  bool stopping_ = false;
  unsigned long python_thread_id_ = 0;
  std::thread thread_;
};

}  // namespace pf::python
