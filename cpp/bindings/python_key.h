#pragma once

#include <pybind11/pybind11.h>

#include "bindings/coercer.h"

namespace pf::python {

/// What a key selector has given, made a key: what a trip through the serializer of its declared type makes
/// of it, so that it is the same to every operator, and none has to refuse it later. What may change, or is
/// of a class that we don't know, becomes a copy; anything that can be serialized can be a key, lists
/// included. `type` is null where any key is right. Steals the reference and gives a new one; null with a
/// Python error pending that shows the key and says what to do.
PyObject* as_key(PyObject* owned, const Coercer* type);

}  // namespace pf::python
