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
  /// Raises an exception of the given type in whatever Python code the lane is running, if there is any: how
  /// a cancelled job ends a function that does not return by itself. What is shielded goes on, unless that is
  /// interrupted, too. Needs the GIL.
  bool interrupt(PyObject* exception_type, bool shielded_too);
  /// Whether the lane is running what is shielded. Needs the GIL.
  bool is_shielded() const { return shielded_; }

  /// Whether the caller is code that the lane runs, for which everything of the lane waits.
  bool runs_this_thread() const;

  /// Keeps `interrupt` away from what the calling thread does next: the `close` of a function runs to its
  /// end, as in Flink. An interruption that has not arrived yet was meant for what ran before, and is taken
  /// back. Of threads that are no lanes it does nothing. Needs the GIL.
  class Shield {
   public:
    Shield();
    ~Shield();
    Shield(const Shield&) = delete;
    Shield& operator=(const Shield&) = delete;
  };

 private:
  void loop();
  /// Has an interruption that has not arrived yet arrive, on the lane's thread. Python can't be told to
  /// forget it: up to 3.12 all threads then look for it at each call, for ever, and one with a trace function
  /// gets no further. Needs the GIL.
  void take_back_interruption();
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
  bool shielded_ = false;     // guarded by the GIL
  bool interrupted_ = false;  // guarded by the GIL: some interruption may be on its way
  unsigned long python_thread_id_ = 0;
  std::thread thread_;
};

}  // namespace pf::python
