#include "bindings/infer_column.h"

#include <datetime.h>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include "bindings/column_from_objects.h"
#include "bindings/python_classes.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using Values = std::span<PyObject* const>;

TypeInfoPtr infer(Values values);

TypeInfoPtr composite(TypeKind kind, std::vector<TypeInfoPtr> children, std::vector<std::string> names = {}) {
  for (const auto& child : children) {
    if (!child) return nullptr;
  }
  return std::make_shared<TypeInfo>(kind, std::move(names), std::move(children));
}

/// Of values that are None or arrays of the same size; `item(value, i)` borrows.
template <typename Item>
std::vector<TypeInfoPtr> infer_fields(Values values, Py_ssize_t size, Item item) {
  std::vector<TypeInfoPtr> types;
  std::vector<PyObject*> field(values.size());
  for (Py_ssize_t i = 0; i < size; ++i) {
    for (size_t row = 0; row < values.size(); ++row) {
      field[row] = values[row] == Py_None ? Py_None : item(values[row], i);
    }
    types.push_back(infer(field));
    if (!types.back()) break;
  }
  return types;
}

TypeInfoPtr infer_tuple(Values values, PyObject* sample) {
  const Py_ssize_t size = PyTuple_GET_SIZE(sample);
  for (PyObject* value : values) {
    if (value != Py_None && PyTuple_GET_SIZE(value) != size) return nullptr;
  }
  auto item = [](PyObject* tuple, Py_ssize_t i) { return PyTuple_GET_ITEM(tuple, i); };
  return composite(TypeKind::kTuple, infer_fields(values, size, item));
}

TypeInfoPtr infer_row(Values values, PyObject* sample) {
  const RowClass& rows = PythonClasses::get().row;
  PyObject* names = rows.names(sample);
  if (!names || !PyList_CheckExact(names)) return nullptr;
  const Py_ssize_t size = PyList_GET_SIZE(names);
  for (PyObject* value : values) {
    if (value == Py_None) continue;
    PyObject* own = rows.names(value);
    if (!own || (own != names && PyObject_RichCompareBool(own, names, Py_EQ) != 1)) return nullptr;
    if (PyList_GET_SIZE(rows.values(value)) != size) return nullptr;
  }
  auto item = [&](PyObject* row, Py_ssize_t i) { return PyList_GET_ITEM(rows.values(row), i); };
  return composite(TypeKind::kRow, infer_fields(values, size, item),
                   py::cast<std::vector<std::string>>(py::handle(names)));
}

TypeInfoPtr infer_list(Values values) {
  std::vector<PyObject*> items;
  for (PyObject* value : values) {
    if (value == Py_None) continue;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); ++i) items.push_back(PyList_GET_ITEM(value, i));
  }
  return composite(TypeKind::kList, {infer(items)});
}

TypeInfoPtr infer_map(Values values) {
  std::vector<PyObject*> keys, items;
  for (PyObject* value : values) {
    PyObject *key = nullptr, *item = nullptr;
    Py_ssize_t position = 0;
    while (value != Py_None && PyDict_Next(value, &position, &key, &item)) {
      keys.push_back(key);
      items.push_back(item);
    }
  }
  return composite(TypeKind::kMap, {infer(keys), infer(items)});
}

template <typename Plain>
TypeInfoPtr if_all(Values values, TypeKind kind, Plain plain) {
  for (PyObject* value : values) {
    if (value != Py_None && !plain(value)) return nullptr;
  }
  return TypeInfo::of(kind);
}

TypeInfoPtr infer(Values values) {
  PyObject* sample = nullptr;
  for (PyObject* value : values) {
    if (value == Py_None) continue;
    if (!sample) sample = value;
    if (Py_TYPE(value) != Py_TYPE(sample)) return nullptr;
  }
  if (!sample) return nullptr;
  const PythonClasses& classes = PythonClasses::get();
  auto is = [&](const py::object& cls) { return reinterpret_cast<PyObject*>(Py_TYPE(sample)) == cls.ptr(); };
  if (PyLong_CheckExact(sample)) return TypeInfo::of(TypeKind::kLong);
  if (PyUnicode_CheckExact(sample)) return TypeInfo::of(TypeKind::kString);
  if (PyFloat_CheckExact(sample)) return TypeInfo::of(TypeKind::kDouble);
  if (PyBool_Check(sample)) return TypeInfo::of(TypeKind::kBoolean);
  if (PyBytes_CheckExact(sample)) return TypeInfo::of(TypeKind::kBytes);
  if (PyTuple_CheckExact(sample)) return infer_tuple(values, sample);
  if (PyList_CheckExact(sample)) return infer_list(values);
  if (PyDict_CheckExact(sample)) return infer_map(values);
  if (classes.row.is_row(sample)) return infer_row(values, sample);
  if (is(classes.decimal)) return TypeInfo::of(TypeKind::kBigDec);
  if (is(classes.instant)) return TypeInfo::of(TypeKind::kInstant);
  if (is(classes.date)) return TypeInfo::of(TypeKind::kDate);
  if (is(classes.time)) {
    return if_all(values, TypeKind::kTime, [](PyObject* value) {
      return PyDateTime_TIME_GET_TZINFO(value) == Py_None && PyDateTime_TIME_GET_FOLD(value) == 0;
    });
  }
  if (is(classes.datetime)) {
    return if_all(values, TypeKind::kTimestamp, [](PyObject* value) {
      return PyDateTime_DATE_GET_TZINFO(value) == Py_None && PyDateTime_DATE_GET_FOLD(value) == 0;
    });
  }
  return nullptr;
}

}  // namespace

ColumnPtr infer_column(Values values) {
  if (!PyDateTimeAPI) PyDateTime_IMPORT;
  TypeInfoPtr type = infer(values);
  if (!type) return nullptr;
  try {
    return column_from_objects(values, type);
  } catch (const py::error_already_set& error) {
    // Ints beyond 64 bits, and text that no UTF-8 can hold.
    if (error.matches(PyExc_OverflowError) || error.matches(PyExc_UnicodeEncodeError)) return nullptr;
    throw;
  }
}

}  // namespace pf::python
