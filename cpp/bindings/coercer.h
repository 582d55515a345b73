#pragma once

#include <cstdint>
#include <cstdlib>
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
  bool fits(PyObject* value) const { return glance_.shows_right(value) || is_right(value); }
  /// Steals the reference and gives a new one; null with a Python TypeError, ValueError or
  /// OverflowError pending when the value does not fit. None fits every type.
  PyObject* apply(PyObject* value) const { return fits(value) ? value : convert(value); }
  /// Whether nobody can change what it gives: numbers, texts, times, and tuples of such.
  bool gives_unchanging() const { return unchanging_; }

  /// Null when any value is right (`PICKLED_BYTE_ARRAY`).
  static std::shared_ptr<const Coercer> of(const TypeInfo& type);
  /// Makes FLOATs within a value of the type what Flink shows of them, and nothing else; null where the type
  /// has none.
  static std::shared_ptr<const Coercer> showing_floats(const TypeInfo& type);

 protected:
  /// What is right whatever its value: objects of exactly this class; of the class int, as far as they have
  /// no more digits of 30 bits.
  struct Glance {
    PyTypeObject* type = nullptr;
    size_t digits = SIZE_MAX;

    bool shows_right(PyObject* value) const {
      return Py_TYPE(value) == type && (digits == SIZE_MAX || digits_of(value) <= digits);
    }
    static size_t digits_of(PyObject* number) {
#if PY_VERSION_HEX >= 0x030C0000
      return PyUnstable_Long_IsCompact(reinterpret_cast<PyLongObject*>(number)) ? 1 : 3;
#else
      return static_cast<size_t>(std::abs(Py_SIZE(number)));
#endif
    }
  };
  Coercer(bool gives_unchanging, Glance glance) : unchanging_(gives_unchanging), glance_(glance) {}

  static const Glance& glance_of(const Coercer& coercer) { return coercer.glance_; }

  virtual bool is_right(PyObject* value) const { return value == Py_None; }
  /// As `apply`, for a value that does not fit as it is.
  virtual PyObject* convert(PyObject* value) const = 0;

 private:
  const bool unchanging_;
  const Glance glance_;
};

/// `Types.*` as their `_descriptor()` gives them: (kind, names or None, children).
TypeInfoPtr type_info_from(pybind11::handle descriptor);
pybind11::tuple descriptor_of(const TypeInfo& type);

/// Of a type as its `_descriptor()` gives it; null when that is None, or when any value is right.
std::shared_ptr<const Coercer> coercer_of(pybind11::handle descriptor);

}  // namespace pf::python
