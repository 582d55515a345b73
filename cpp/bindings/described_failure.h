#pragma once

#include <exception>

#include <pybind11/pybind11.h>

namespace pf::python {

/// What ended a job, for `pyflinkpp._impl.failures`: None, or a dict. Needs the GIL.
pybind11::object describe_failure(const std::exception_ptr& failure);

}  // namespace pf::python
