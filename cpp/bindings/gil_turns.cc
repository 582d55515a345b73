#include "bindings/gil_turns.h"

#include <thread>

namespace py = pybind11;

namespace pf::python {
namespace {

/// Long enough for a thread that sleeps on the GIL to wake up and take it.
constexpr std::chrono::microseconds kGap{500};

/// Twice the switch interval: whoever waits through a turn has asked for the GIL by its end.
std::chrono::steady_clock::duration turn_length() {
  double seconds = py::module_::import("sys").attr("getswitchinterval")().cast<double>();
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(2 * seconds));
}

}  // namespace

GilTurns::GilTurns() : turn_(turn_length()), others_could_(Time::now()), thread_state_(nullptr) {
  taken_ = given_ = others_could_;
  thread_state_ = PyEval_SaveThread();
}

GilTurns::~GilTurns() { PyEval_RestoreThread(thread_state_); }

void GilTurns::take() {
  Time::time_point now = Time::now();
  if (now - others_could_ > turn_ && now - given_ < kGap) {
    std::this_thread::sleep_until(given_ + kGap);
    now = Time::now();
  }
  if (now - given_ >= kGap) others_could_ = now;
  PyEval_RestoreThread(thread_state_);
  taken_ = Time::now();
}

void GilTurns::give() {
  // Asked for the GIL, CPython returns from this only when another thread has taken it.
  thread_state_ = PyEval_SaveThread();
  given_ = Time::now();
  if (given_ - taken_ >= turn_) others_could_ = given_;
}

void GilTurns::yield_when_over() {
  if (Time::now() - taken_ < turn_) return;
  give();
  take();
}

}  // namespace pf::python
