#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "bindings/coercer.h"
#include "bindings/gil_holder.h"
#include "dataflow/source/source_factory.h"

namespace pf::python {

/// A source written in Python. `open` is called in each subtask with a dict that says where it runs
/// and a callable that wakes the source; it gives an object with
/// `poll(limit)` -> a list of at most about so many records, an empty list for "nothing now: I call
/// wake", or None for the end, and `close()`. Where records have timestamps it gives a tuple instead: the
/// list; a list of as many timestamps, or None; and what follows the records, or None: an int for a
/// watermark, True to fall idle, False to be active again.
std::shared_ptr<const SourceFactory> make_python_source(pybind11::object open,
                                                        std::shared_ptr<const Coercer> coercer);

}  // namespace pf::python
