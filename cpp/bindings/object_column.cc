#include "bindings/object_column.h"

#include <bit>

#include "bindings/detached.h"
#include "bindings/objects_from_column.h"
#include "bindings/pickled.h"
#include "bindings/python_classes.h"

namespace py = pybind11;

namespace pf::python {
namespace {

int32_t fold(uint64_t bits) { return static_cast<int32_t>(bits ^ (bits >> 32)); }

int32_t bytes_hash(const char* data, Py_ssize_t size) {
  uint32_t hash = 1;
  for (Py_ssize_t i = 0; i < size; ++i) {
    hash = hash * 31 + static_cast<uint32_t>(static_cast<int32_t>(static_cast<int8_t>(data[i])));
  }
  return static_cast<int32_t>(hash);
}

int32_t text_hash(PyObject* text) {
  uint32_t hash = 0;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
  const int kind = PyUnicode_KIND(text);
  const void* data = PyUnicode_DATA(text);
  for (Py_ssize_t i = 0; i < length; ++i) {
    uint32_t point = PyUnicode_READ(kind, data, i);
    if (point >= 0x10000) {
      point -= 0x10000;
      hash = hash * 31 + (0xD800 + (point >> 10));
      point = 0xDC00 + (point & 0x3FF);
    }
    hash = hash * 31 + point;
  }
  return static_cast<int32_t>(hash);
}

int32_t pickled_hash(PyObject* object) {
  py::bytes pickled = pickled_key(object);
  return bytes_hash(PyBytes_AS_STRING(pickled.ptr()), PyBytes_GET_SIZE(pickled.ptr()));
}

/// `List.hashCode` from 1, `Tuple.hashCode` from 0. Of a list or tuple.
int32_t sequence_hash(PyObject* items, uint32_t hash) {
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); ++i) {
    hash = hash * 31 + static_cast<uint32_t>(hash_code_of(PySequence_Fast_GET_ITEM(items, i)));
  }
  return static_cast<int32_t>(hash);
}

/// `Set.hashCode`: the sum, so that order does not matter.
int32_t unordered_hash(PyObject* items) {
  uint32_t sum = 0;
  for (py::handle item : py::reinterpret_borrow<py::object>(items)) {
    sum += static_cast<uint32_t>(hash_code_of(item.ptr()));
  }
  return static_cast<int32_t>(sum);
}

int32_t integer_hash(PyObject* number) {
  int overflow = 0;
  long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (value == -1 && PyErr_Occurred()) throw py::error_already_set();
  if (overflow == 0) return fold(static_cast<uint64_t>(value));
  py::str digits{py::handle(number)};
  return text_hash(digits.ptr());
}

}  // namespace

ObjectColumn::~ObjectColumn() {
  if (objects_.empty()) return;
  py::gil_scoped_acquire gil;
  for (PyObject* object : objects_) Py_DECREF(object);
}

ColumnPtr ObjectColumn::select(std::span<const uint32_t> rows) const {
  std::vector<PyObject*> some(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) some[i] = Py_NewRef(objects_[rows[i]]);
  return std::make_shared<ObjectColumn>(std::move(some), unchanging_);
}

void ObjectColumn::hash_codes(std::span<int32_t> out) const {
  for (size_t i = 0; i < objects_.size(); ++i) out[i] = hash_code_of(objects_[i]);
}

ColumnPtr ObjectColumn::detached(Detach which) const {
  if (unchanging_) return nullptr;
  py::gil_scoped_acquire gil;
  std::shared_ptr<ObjectColumn> own;
  for (size_t row = 0; row < objects_.size(); ++row) {
    PyObject* object = objects_[row];
    if (which == Detach::kAll ? never_changes(object) : is_ours_alone(object, 1)) continue;
    PyObject* copy = copy_of(object);
    if (!copy) throw NotCopyable(py::str(py::error_already_set().value()));
    if (!own) {
      own = std::make_shared<ObjectColumn>(objects_);
      for (PyObject* shared : objects_) Py_INCREF(shared);
    }
    Py_SETREF(own->objects_[row], copy);
  }
  return own;
}

int32_t hash_code_of(PyObject* object) {
  if (PyUnicode_CheckExact(object)) return text_hash(object);
  if (PyLong_CheckExact(object)) return integer_hash(object);
  if (object == Py_None) return 0;
  if (PyBool_Check(object)) return object == Py_True ? 1231 : 1237;
  if (PyFloat_CheckExact(object)) return fold(std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(object)));
  if (PyBytes_CheckExact(object)) return bytes_hash(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
  if (PyTuple_CheckExact(object)) return sequence_hash(object, 0);
  if (PyList_CheckExact(object)) return sequence_hash(object, 1);
  if (PyAnySet_CheckExact(object)) return unordered_hash(object);
  if (PyDict_CheckExact(object)) return unordered_hash(py::object(py::handle(object).attr("items")()).ptr());
  const RowClass& rows = PythonClasses::get().row;
  if (rows.is_row(object)) return sequence_hash(rows.values(object), 0);
  return pickled_hash(object);
}

ObjectView::ObjectView(const ColumnPtr& column) : column_(column) {
  if (!column) return;
  if (!column->opaque()) column_ = objects_from_column(*column);
  // Columns don't change, except for rows of which the last holder takes the reference.
  const auto& objects = static_cast<const ObjectColumn&>(*column_).objects();
  objects_ = const_cast<PyObject**>(objects.data());
  size_ = objects.size();
}

PyObject* ObjectView::take(size_t row) {
  if (column_.use_count() > 2) return Py_NewRef(objects_[row]);
  return std::exchange(objects_[row], Py_NewRef(Py_None));
}

}  // namespace pf::python
