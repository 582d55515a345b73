#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// SimulatedJob and what it stores its checkpoints in. After ManualClock and StreamGraph.
void register_simulation(pybind11::module_& module);

}  // namespace pf::python
