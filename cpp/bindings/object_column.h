#pragma once

#include <vector>

#include <pybind11/pybind11.h>

#include "model/column.h"

namespace pf::python {

/// A column of Python objects. Its references are dropped together, under one hold of the GIL;
/// every other method needs the GIL, which whatever runs on the Python lane has.
class ObjectColumn final : public Column {
 public:
  /// Takes over the references. `unchanging`: nobody can change any of the objects.
  explicit ObjectColumn(std::vector<PyObject*> objects, bool unchanging = false)
      : objects_(std::move(objects)), unchanging_(unchanging) {}
  ObjectColumn(const ObjectColumn&) = delete;
  ObjectColumn& operator=(const ObjectColumn&) = delete;
  ~ObjectColumn() override;

  /// Borrowed references.
  const std::vector<PyObject*>& objects() const { return objects_; }

  size_t size() const override { return objects_.size(); }
  ColumnPtr select(std::span<const uint32_t> rows) const override;
  void hash_codes(std::span<int32_t> out) const override;
  /// References only: what they refer to may be shared, and measuring it would cost more than it tells.
  size_t bytes() const override { return objects_.size() * sizeof(PyObject*); }
  bool opaque() const override { return true; }
  ColumnPtr detached(Detach which) const override;

 private:
  std::vector<PyObject*> objects_;
  const bool unchanging_;
};

/// Java's `hashCode` of the value that the object stands for; for objects without a Java
/// counterpart, one over their pickled bytes. The same in every process. Throws error_already_set.
int32_t hash_code_of(PyObject* object);

/// References to the rows of any column, as Python objects; converts native layouts.
/// Needs the GIL, as does its destructor.
class ObjectView {
 public:
  ObjectView() = default;
  explicit ObjectView(const ColumnPtr& column);
  /// Borrowed.
  PyObject* operator[](size_t row) const { return objects_[row]; }
  /// A reference of the caller's own. Where nobody has the column but this view and the batch it was made
  /// from, the row is None from then on: who handles it next is the only one who has it.
  PyObject* take(size_t row);
  size_t size() const { return size_; }

 private:
  ColumnPtr column_;
  PyObject** objects_ = nullptr;
  size_t size_ = 0;
};

}  // namespace pf::python
