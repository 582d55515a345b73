#pragma once

#include <cstdint>
#include <string>

#include <pybind11/pybind11.h>

#include "serde/bytes.h"

namespace pf::python {

/// Python values as self-describing bytes (cpp/serde/value_tag.h). What has no tag of its own is pickled.
/// All need the GIL and throw error_already_set, or Error for damaged bytes.
void write_value(PyObject* value, ByteWriter& out);
/// A new reference to an equal value of the same type.
PyObject* read_value(ByteReader& in);
/// As `write_value`, but equal keys give equal bytes whatever objects they share.
void write_key(PyObject* key, ByteWriter& out);

}  // namespace pf::python
