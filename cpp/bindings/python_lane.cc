#include "bindings/python_lane.h"

namespace py = pybind11;

namespace pf::python {

PythonLane::PythonLane() : thread_([this] { loop(); }) {}

PythonLane::~PythonLane() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PythonLane::schedule(Runnable& task) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = ready_.empty() && !busy_;
    ready_.push_back(&task);
  }
  if (first) changed_.notify_all();
}

void PythonLane::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.empty() && !busy_; });
}

void PythonLane::interrupt(PyObject* exception_type) {
  std::lock_guard lock(mutex_);
  if (busy_) PyThreadState_SetAsyncExc(python_thread_id_, exception_type);
}

void PythonLane::loop() {
  // One thread state for the life of the thread: making one costs more than taking the GIL.
  PyGILState_STATE state = PyGILState_Ensure();
  python_thread_id_ = PyThread_get_thread_ident();
  PyThreadState* python = PyEval_SaveThread();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !ready_.empty() || stopping_; });
    if (ready_.empty()) break;
    Runnable* task = ready_.front();
    ready_.pop_front();
    busy_ = true;
    lock.unlock();
    PyEval_RestoreThread(python);
    task->run();
    python = PyEval_SaveThread();
    lock.lock();
    busy_ = false;
    if (ready_.empty()) changed_.notify_all();
  }
  lock.unlock();
  PyEval_RestoreThread(python);
  PyGILState_Release(state);
}

}  // namespace pf::python
