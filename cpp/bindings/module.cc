#include <pybind11/pybind11.h>

#include "bindings/python_file_system.h"
#include "bindings/register.h"
#include "bindings/register_simulation.h"

PYBIND11_MODULE(_native, module) {
  module.doc() = "The C++ core of pyflinkpp. Not public: pyflinkpp.datastream is.";
  pf::python::add_location(module);
  pf::python::register_state_backends(module);
  pf::python::register_graph(module);
  pf::python::register_state(module);
  pf::python::register_columns(module);
  pf::python::register_job(module);
  pf::python::register_checkpoints(module);
  pf::python::register_functions(module);
  pf::python::register_simulation(module);
  pf::python::register_testing(module);
  pf::python::register_event_time(module);
  pf::python::register_windows(module);
  pf::python::register_aggregates(module);
  pf::python::register_joins(module);
}
