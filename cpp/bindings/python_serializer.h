#pragma once

#include <memory>
#include <string>

#include <pybind11/pybind11.h>

#include "serde/serializer.h"
#include "state/keyed_state_backend.h"

namespace pf::python {

/// For values that are Python objects: a Datum is a reference. Used with the GIL, as the whole state of an
/// operator that runs on the Python lane is.
SerializerPtr make_python_serializer(std::string schema);
/// For values of the type with this descriptor.
SerializerPtr make_python_serializer(pybind11::handle descriptor);

inline PyObject* object_of(Datum value) { return reinterpret_cast<PyObject*>(value.word); }
inline Datum datum_of(PyObject* object) { return {reinterpret_cast<uint64_t>(object)}; }

/// Keys that are Python objects, or native columns of the same values.
std::shared_ptr<const KeyCodec> make_python_key_codec();
/// The same, for the one key of broadcast state.
std::shared_ptr<const KeyCodec> make_broadcast_key_codec();

}  // namespace pf::python
