#pragma once

#include <pybind11/pybind11.h>

namespace pf::python {

/// The text of `pyflinkpp._impl.shown.shown`: a `repr` of about `limit` characters at most. Never fails,
/// leaves no error pending and keeps one that is. Needs the GIL.
pybind11::object shown(PyObject* value, int limit = 200);

}  // namespace pf::python
