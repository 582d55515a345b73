#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "model/type_info.h"

namespace pf::python {

/// Makes a value what its declared type says, as a trip through Flink's serializers would: floats
/// rounded to their width, lists into tuples, tuples into rows. The right value comes back as it is.
/// Immutable; needs the GIL.
class Coercer {
 public:
  virtual ~Coercer() = default;
  /// Whether the value is right as it is, as far as that can be told without work; never fails.
  virtual bool fits(PyObject* value) const { return value == Py_None; }
  /// Steals the reference and gives a new one; null with a Python TypeError, ValueError or
  /// OverflowError pending when the value does not fit. None fits every type.
  virtual PyObject* apply(PyObject* value) const = 0;

  /// Null when any value is right (`PICKLED_BYTE_ARRAY`).
  static std::shared_ptr<const Coercer> of(const TypeInfo& type);
  /// Makes FLOATs within a value of the type what Flink shows of them, and nothing else; null where the type
  /// has none.
  static std::shared_ptr<const Coercer> showing_floats(const TypeInfo& type);
};

/// `Types.*` as their `_descriptor()` gives them: (kind, names or None, children).
TypeInfoPtr type_info_from(pybind11::handle descriptor);
pybind11::tuple descriptor_of(const TypeInfo& type);

/// Of a type as its `_descriptor()` gives it; null when that is None, or when any value is right.
std::shared_ptr<const Coercer> coercer_of(pybind11::handle descriptor);

}  // namespace pf::python
