#pragma once

#include <chrono>

#include <pybind11/pybind11.h>

namespace pf::python {

/// How one native thread shares the GIL with all other threads. CPython hands the GIL over when a waiting
/// thread asks for it, and one asks only after waiting through a whole switch interval in which the GIL was
/// not given up. So a thread that gives it up more often, and takes it again before anyone has woken up, is
/// never asked and starves the others for seconds. This holds on for longer than that interval while there is
/// work, and stays away for a moment now and then where there is little.
/// Lives on its thread, between whose `give` and `take` no Python object may be touched.
class GilTurns {
 public:
  /// With the GIL, on the thread that is to share it; gives it up.
  GilTurns();
  /// Takes it for good.
  ~GilTurns();
  GilTurns(const GilTurns&) = delete;
  GilTurns& operator=(const GilTurns&) = delete;

  void take();
  void give();
  /// Lets whoever waits have the GIL when this thread's turn is over.
  void yield_when_over();

 private:
  using Time = std::chrono::steady_clock;

  Time::duration turn_;
  Time::time_point taken_;
  Time::time_point given_;
  Time::time_point others_could_;  // when others last had a fair chance
  PyThreadState* thread_state_;
};

}  // namespace pf::python
