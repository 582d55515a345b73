#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "model/arrow_c_data.h"
#include "model/column.h"

namespace pf::python {

/// A natively laid out column in Python's hands.
struct NativeColumn {
  ColumnPtr column;
};

/// An Arrow stream in Python's hands, until a source reads it.
struct NativeStream {
  ArrowOwned<ArrowArrayStream> stream;
  /// Of the records.
  TypeInfoPtr type;

  /// What `object.__arrow_c_stream__()` gives. Throws Error for a type that cannot be read.
  static std::shared_ptr<NativeStream> of(pybind11::handle object);
};

}  // namespace pf::python
