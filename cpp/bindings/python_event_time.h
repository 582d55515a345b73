#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "dataflow/time/watermark_strategy.h"

namespace pf::python {

/// A strategy with parts written in Python. `open` is called in each subtask with a dict that says where it
/// runs; it gives an object with `extract`, a function of a value and its timestamp so far that gives the
/// new one, or None; with `item`, the index of the item that `extract` reads if it does nothing else, or
/// None; and with `create_generator`, which makes a WatermarkGenerator, or None for that of `generator`. Runs
/// on the Python lane.
std::shared_ptr<const WatermarkStrategy> make_python_strategy(pybind11::object open,
                                                              GeneratorSettings generator,
                                                              int64_t interval_millis,
                                                              std::optional<WatermarkAlignment> alignment);

void register_watermark_output(pybind11::module_& module);

/// A time in milliseconds: any object that is an integer in Python's sense. Throws error_already_set, with
/// a TypeError or OverflowError that says where the object came from.
int64_t millis_from(PyObject* object, const char* origin);

}  // namespace pf::python
