#include "bindings/collector_pace.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Objects more than before after which the collector looks for cycles: several batches of tuples of objects.
constexpr long kSlowThreshold = 50'000;

}  // namespace

CollectorPace::CollectorPace()
    : get_threshold_(py::module_::import("gc").attr("get_threshold")),
      set_threshold_(py::module_::import("gc").attr("set_threshold")) {}

CollectorPace::~CollectorPace() { restore(); }

long CollectorPace::first_threshold() const { return py::cast<long>(py::tuple(get_threshold_())[0]); }

void CollectorPace::slow_down() {
  if (before_) return;
  py::tuple threshold = get_threshold_();
  long first = py::cast<long>(threshold[0]);
  if (first == 0 || first >= kSlowThreshold) return;
  before_ = threshold;
  set_threshold_(kSlowThreshold, threshold[1], threshold[2]);
}

void CollectorPace::restore() {
  if (!before_) return;
  if (first_threshold() == kSlowThreshold) set_threshold_(*before_);
  before_ = py::object();
}

}  // namespace pf::python
