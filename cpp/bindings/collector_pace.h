#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// Slows down CPython's cyclic garbage collector while the Python lane works. A batch keeps thousands of
/// fresh tuples alive for a moment, which the collector takes for a leak: it would look through them many
/// times a batch. Garbage in cycles is still found, only later. All methods need the GIL; lives on the lane's
/// thread.
class CollectorPace {
 public:
  CollectorPace();
  ~CollectorPace();
  CollectorPace(const CollectorPace&) = delete;
  CollectorPace& operator=(const CollectorPace&) = delete;

  /// Unless the user has set a slower pace, or none.
  void slow_down();
  /// Back to what it was, unless the user has set another pace meanwhile.
  void restore();

 private:
  long first_threshold() const;

  pybind11::object get_threshold_;
  pybind11::object set_threshold_;
  pybind11::object before_;
};

}  // namespace pf::python
