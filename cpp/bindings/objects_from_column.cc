#include "bindings/objects_from_column.h"

#include <chrono>
#include <cstring>
#include <datetime.h>
#include <vector>

#include "base/error.h"
#include "bindings/python_classes.h"
#include "model/nested_column.h"
#include "model/utf8.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// New references that are dropped unless they are given away.
class Owned {
 public:
  explicit Owned(size_t reserve) { objects_.reserve(reserve); }
  Owned(Owned&&) = default;
  Owned& operator=(Owned&&) = delete;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    for (PyObject* object : objects_) Py_XDECREF(object);
  }

  /// Null means that a Python error is pending, and throws it.
  void push(PyObject* object) {
    if (!object) throw py::error_already_set();
    objects_.push_back(object);
  }
  /// Gives one away.
  PyObject* take(size_t i) { return std::exchange(objects_[i], nullptr); }
  std::vector<PyObject*> take_all() { return std::exchange(objects_, {}); }

 private:
  std::vector<PyObject*> objects_;
};

Owned convert(const Column& column);

/// `make(row)` gives a new reference for a row that holds a value.
template <typename Make>
Owned each(size_t size, const Validity& validity, Make make) {
  Owned out(size);
  for (size_t row = 0; row < size; ++row) out.push(validity[row] ? make(row) : Py_NewRef(Py_None));
  return out;
}

template <typename T, typename Make>
Owned fixed(const Column& column, Make make) {
  const auto& values = dynamic_cast<const FixedColumn<T>&>(column);
  return each(values.size(), values.validity(), [&](size_t row) { return make(values.values()[row]); });
}

template <typename T>
Owned integers(const Column& column) {
  return fixed<T>(column, [](T value) { return PyLong_FromLongLong(value); });
}

/// `make(data, size)` gives a new reference.
template <typename Make>
Owned texts(const Column& column, Make make) {
  const auto& values = dynamic_cast<const StringColumn&>(column);
  return each(values.size(), values.validity(), [&](size_t row) {
    auto value = values.value(row);
    return make(value.data(), static_cast<Py_ssize_t>(value.size()));
  });
}

PyObject* decode(const char* data, Py_ssize_t size) { return PyUnicode_DecodeUTF8(data, size, nullptr); }

PyObject* copy_ascii(const char* data, Py_ssize_t size) {
  if (size <= 1) return decode(data, size);  // one of those that exist once
  PyObject* text = PyUnicode_New(size, 0x7F);
  if (text) std::memcpy(PyUnicode_1BYTE_DATA(text), data, static_cast<size_t>(size));
  return text;
}

Owned strings(const Column& column) {
  if (is_ascii(dynamic_cast<const StringColumn&>(column).text())) return texts(column, copy_ascii);
  return texts(column, decode);
}

std::chrono::year_month_day day_of(int64_t days) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(days)));
}
int year(const std::chrono::year_month_day& day) { return static_cast<int>(day.year()); }
int month(const std::chrono::year_month_day& day) {
  return static_cast<int>(static_cast<unsigned>(day.month()));
}
int day(const std::chrono::year_month_day& day) { return static_cast<int>(static_cast<unsigned>(day.day())); }

PyObject* time_of(int64_t micros) {
  auto seconds = static_cast<int>(micros / 1'000'000);
  return PyTime_FromTime(seconds / 3600, seconds / 60 % 60, seconds % 60,
                         static_cast<int>(micros % 1'000'000));
}

PyObject* timestamp_of(int64_t micros) {
  constexpr int64_t kPerDay = INT64_C(86'400'000'000);
  int64_t days = micros / kPerDay - (micros % kPerDay < 0 ? 1 : 0);
  int64_t rest = micros - days * kPerDay;
  auto date = day_of(days);
  auto seconds = static_cast<int>(rest / 1'000'000);
  return PyDateTime_FromDateAndTime(year(date), month(date), day(date), seconds / 3600, seconds / 60 % 60,
                                    seconds % 60, static_cast<int>(rest % 1'000'000));
}

std::vector<Owned> fields_of(const StructColumn& column) {
  std::vector<Owned> fields;
  for (const auto& field : column.fields()) fields.push_back(convert(*field));
  return fields;
}

Owned tuples(const StructColumn& column) {
  auto fields = fields_of(column);
  return each(column.size(), column.validity(), [&](size_t row) {
    PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(fields.size()));
    for (size_t i = 0; tuple && i < fields.size(); ++i) {
      PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), fields[i].take(row));
    }
    return tuple;
  });
}

Owned rows(const StructColumn& column, const TypeInfo& type) {
  const auto& classes = PythonClasses::get();
  auto fields = fields_of(column);
  py::list names;
  for (size_t i = 0; i < fields.size(); ++i) {
    names.append(type.names().empty() ? "f" + std::to_string(i) : type.names()[i]);
  }
  return each(column.size(), column.validity(), [&](size_t row) -> PyObject* {
    PyObject* values = PyList_New(static_cast<Py_ssize_t>(fields.size()));
    if (!values) return nullptr;
    for (size_t i = 0; i < fields.size(); ++i) {
      PyList_SET_ITEM(values, static_cast<Py_ssize_t>(i), fields[i].take(row));
    }
    int8_t kind = column.kinds() ? column.kinds()->values()[row] : int8_t{0};
    return classes.row.make(names.ptr(), PyTuple_GET_ITEM(classes.row_kinds.ptr(), kind), values);
  });
}

Owned instants(const StructColumn& column) {
  auto seconds = convert(*column.fields().at(0));
  auto nanos = convert(*column.fields().at(1));
  PyObject* instant = PythonClasses::get().instant.ptr();
  return each(column.size(), column.validity(), [&](size_t row) {
    auto of_seconds = py::reinterpret_steal<py::object>(seconds.take(row));
    auto of_nanos = py::reinterpret_steal<py::object>(nanos.take(row));
    return PyObject_CallFunctionObjArgs(instant, of_seconds.ptr(), of_nanos.ptr(), nullptr);
  });
}

Owned lists(const ListColumn& column) {
  auto items = convert(*column.items());
  return each(column.size(), column.validity(), [&](size_t row) {
    const int32_t begin = column.offsets()[row];
    const int32_t end = column.offsets()[row + 1];
    PyObject* list = PyList_New(end - begin);
    for (int32_t i = begin; list && i < end; ++i) {
      PyList_SET_ITEM(list, i - begin, items.take(static_cast<size_t>(i)));
    }
    return list;
  });
}

Owned maps(const ListColumn& column) {
  const auto& entries = dynamic_cast<const StructColumn&>(*column.items());
  auto keys = convert(*entries.fields().at(0));
  auto values = convert(*entries.fields().at(1));
  return each(column.size(), column.validity(), [&](size_t row) {
    PyObject* map = PyDict_New();
    for (int32_t i = column.offsets()[row]; map && i < column.offsets()[row + 1]; ++i) {
      auto key = py::reinterpret_steal<py::object>(keys.take(static_cast<size_t>(i)));
      auto value = py::reinterpret_steal<py::object>(values.take(static_cast<size_t>(i)));
      if (PyDict_SetItem(map, key.ptr(), value.ptr()) < 0) Py_CLEAR(map);
    }
    return map;
  });
}

Owned convert(const Column& column) {
  if (column.opaque()) {
    const auto& objects = static_cast<const ObjectColumn&>(column).objects();
    return each(objects.size(), {}, [&](size_t row) { return Py_NewRef(objects[row]); });
  }
  const TypeInfoPtr type = column.type();
  switch (type->kind()) {
    case TypeKind::kBoolean:
      return fixed<int8_t>(column, [](int8_t value) { return PyBool_FromLong(value); });
    case TypeKind::kByte:
      return integers<int8_t>(column);
    case TypeKind::kShort:
      return integers<int16_t>(column);
    case TypeKind::kInt:
      return integers<int32_t>(column);
    case TypeKind::kLong:
      return integers<int64_t>(column);
    case TypeKind::kFloat:
      return fixed<float>(column, [](float value) { return PyFloat_FromDouble(static_cast<double>(value)); });
    case TypeKind::kDouble:
      return fixed<double>(column, [](double value) { return PyFloat_FromDouble(value); });
    case TypeKind::kChar:
    case TypeKind::kString:
      return strings(column);
    case TypeKind::kBytes:
      return texts(column, PyBytes_FromStringAndSize);
    case TypeKind::kBigInt: {
      py::object from_bytes = py::handle(reinterpret_cast<PyObject*>(&PyLong_Type)).attr("from_bytes");
      return texts(column, [&](const char* data, Py_ssize_t size) {
        auto bytes = py::bytes(data, static_cast<size_t>(size));
        return from_bytes(bytes, "big", py::arg("signed") = true).release().ptr();
      });
    }
    case TypeKind::kBigDec: {
      const py::object& decimal = PythonClasses::get().decimal;
      return texts(column, [&](const char* data, Py_ssize_t size) {
        return decimal(py::str(data, static_cast<size_t>(size))).release().ptr();
      });
    }
    case TypeKind::kDate:
      return fixed<int32_t>(column, [](int32_t value) {
        auto date = day_of(value);
        return PyDate_FromDate(year(date), month(date), day(date));
      });
    case TypeKind::kTime:
      return fixed<int64_t>(column, time_of);
    case TypeKind::kTimestamp:
      return fixed<int64_t>(column, timestamp_of);
    case TypeKind::kInstant:
      return instants(dynamic_cast<const StructColumn&>(column));
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return lists(dynamic_cast<const ListColumn&>(column));
    case TypeKind::kMap:
      return maps(dynamic_cast<const ListColumn&>(column));
    case TypeKind::kTuple:
      return tuples(dynamic_cast<const StructColumn&>(column));
    case TypeKind::kRow:
      return rows(dynamic_cast<const StructColumn&>(column), *type);
    case TypeKind::kPickled:
      break;
  }
  throw Error("a column of type " + type->to_string() + " cannot become Python objects");
}

}  // namespace

std::shared_ptr<ObjectColumn> objects_from_column(const Column& column) {
  if (!PyDateTimeAPI) PyDateTime_IMPORT;
  return std::make_shared<ObjectColumn>(convert(column).take_all());
}

}  // namespace pf::python
