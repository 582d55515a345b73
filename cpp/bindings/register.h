#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// Where keyed state is kept. Before the graph, which takes one.
void register_state_backends(pybind11::module_& module);
/// StreamGraph and what hangs on its edges.
void register_graph(pybind11::module_& module);
/// Checkpoints of a StreamGraph. After it and LocalJob.
void register_checkpoints(pybind11::module_& module);
/// Factories of sources, operators and sinks.
void register_functions(pybind11::module_& module);
/// Column: values of one type outside of a running job.
void register_columns(pybind11::module_& module);
/// State, timers and contexts of process functions.
void register_state(pybind11::module_& module);
/// Watermark strategies and what runs them.
void register_event_time(pybind11::module_& module);
/// Factories of window operators.
void register_windows(pybind11::module_& module);
/// Factories of aggregates on columns.
void register_aggregates(pybind11::module_& module);
/// Factories of joins.
void register_joins(pybind11::module_& module);
/// LocalJob and ResultQueue.
void register_job(pybind11::module_& module);
/// OperatorDriver and SourceDriver.
void register_testing(pybind11::module_& module);

}  // namespace pf::python
