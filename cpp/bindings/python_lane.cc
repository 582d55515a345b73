#include "bindings/python_lane.h"

#include <utility>

#include <pybind11/eval.h>

#include "bindings/collector_pace.h"
#include "bindings/gil_turns.h"

namespace pf::python {
namespace {

thread_local PythonLane* own_lane = nullptr;

}  // namespace

PythonLane::PythonLane() : thread_([this] { loop(); }) {}

PythonLane::~PythonLane() { stop(); }

void PythonLane::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
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

bool PythonLane::interrupt(PyObject* exception_type, bool shielded_too) {
  std::lock_guard lock(mutex_);
  if (!busy_ || (shielded_ && !shielded_too)) return false;
  PyThreadState_SetAsyncExc(python_thread_id_, exception_type);
  interrupted_ = true;
  return true;
}

bool PythonLane::runs_this_thread() const { return own_lane == this; }

PythonLane::Shield::Shield() {
  if (!own_lane) return;
  own_lane->shielded_ = true;
  own_lane->take_back_interruption();
}

PythonLane::Shield::~Shield() {
  if (own_lane) own_lane->shielded_ = false;
}

void PythonLane::take_back_interruption() {
  if (!std::exchange(interrupted_, false)) return;
  pybind11::error_scope kept;
  try {
    pybind11::eval("None", pybind11::dict());
  } catch (const pybind11::error_already_set&) {  // here it hits nobody
  }
}

void PythonLane::loop() {
  // One thread state for the life of the thread: making one costs more than taking the GIL.
  PyGILState_STATE state = PyGILState_Ensure();
  python_thread_id_ = PyThread_get_thread_ident();
  own_lane = this;
  {
    CollectorPace collector;
    GilTurns gil;
    while (wait_for_task()) {
      gil.take();
      collector.slow_down();
      while (Runnable* task = begin_run()) {
        task->run();
        end_run();
        gil.yield_when_over();
      }
      collector.restore();
      gil.give();
    }
  }
  take_back_interruption();
  PyGILState_Release(state);
}

bool PythonLane::wait_for_task() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || stopping_; });
  return !ready_.empty();
}

Runnable* PythonLane::begin_run() {
  std::lock_guard lock(mutex_);
  if (ready_.empty()) return nullptr;
  Runnable* task = ready_.front();
  ready_.pop_front();
  busy_ = true;
  return task;
}

void PythonLane::end_run() {
  std::lock_guard lock(mutex_);
  busy_ = false;
  if (ready_.empty()) changed_.notify_all();
}

}  // namespace pf::python
