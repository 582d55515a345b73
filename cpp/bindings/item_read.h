#pragma once

#include <optional>

#include <pybind11/pybind11.h>

namespace pf::python {

/// What is known of a user's function that does nothing but give `record[index]`: it need not be called where
/// the record is a plain tuple that has such an item. Any other record has ways of its own to be read, and a
/// missing item is for the function to complain of.
class ItemRead {
 public:
  ItemRead() = default;
  explicit ItemRead(std::optional<Py_ssize_t> index) : index_(index) {}

  /// Borrowed; null where the function has to be called.
  PyObject* of(PyObject* record) const {
    if (!index_ || !PyTuple_CheckExact(record)) return nullptr;
    const Py_ssize_t size = PyTuple_GET_SIZE(record);
    const Py_ssize_t at = *index_ < 0 ? *index_ + size : *index_;
    return at >= 0 && at < size ? PyTuple_GET_ITEM(record, at) : nullptr;
  }

 private:
  std::optional<Py_ssize_t> index_;
};

}  // namespace pf::python
