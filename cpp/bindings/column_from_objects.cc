#include "bindings/column_from_objects.h"

#include <chrono>
#include <datetime.h>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "bindings/python_classes.h"
#include "bindings/shown.h"
#include "model/nested_column.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using Values = std::span<PyObject* const>;

[[noreturn]] void refuse(PyObject* value, const TypeInfo& type) {
  if (!PyErr_Occurred()) {
    PyErr_Format(PyExc_TypeError, "expected a value of type %s, got %U of type %s", type.to_string().c_str(),
                 shown(value).ptr(), Py_TYPE(value)->tp_name);
  }
  throw py::error_already_set();
}

/// Notes the rows that hold None; costs nothing while there are none.
class MissingRows {
 public:
  void add(size_t row) {
    bits_.resize(row / 8 + 1, 0xFF);
    bits_[row / 8] = static_cast<uint8_t>(bits_[row / 8] & ~(1U << (row % 8)));
  }
  Validity finish(size_t rows) {
    if (bits_.empty()) return {};
    bits_.resize((rows + 7) / 8, 0xFF);
    return Validity(std::move(bits_));
  }

 private:
  std::vector<uint8_t> bits_;
};

/// `read(value)` gives the number that stands for a value that is not None, or calls `refuse`.
template <typename T, typename Read>
ColumnPtr fixed(Values values, const TypeInfoPtr& type, Read read) {
  std::vector<T> out(values.size());
  MissingRows missing;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == Py_None) {
      missing.add(i);
    } else {
      out[i] = read(values[i]);
    }
  }
  return std::make_shared<FixedColumn<T>>(std::move(out), missing.finish(values.size()), type);
}

template <typename T>
ColumnPtr integers(Values values, const TypeInfoPtr& type) {
  return fixed<T>(values, type, [&](PyObject* value) {
    if (!PyLong_Check(value)) refuse(value, *type);
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0 || number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
      PyErr_Format(PyExc_OverflowError, "%U does not fit %s", shown(value).ptr(), type->to_string().c_str());
      throw py::error_already_set();
    }
    return static_cast<T>(number);
  });
}

template <typename T>
ColumnPtr reals(Values values, const TypeInfoPtr& type) {
  return fixed<T>(values, type, [&](PyObject* value) {
    if (!PyFloat_Check(value)) refuse(value, *type);
    return static_cast<T>(PyFloat_AS_DOUBLE(value));
  });
}

int32_t days_of(PyObject* date) {
  std::chrono::year_month_day day{std::chrono::year(PyDateTime_GET_YEAR(date)),
                                  std::chrono::month(static_cast<unsigned>(PyDateTime_GET_MONTH(date))),
                                  std::chrono::day(static_cast<unsigned>(PyDateTime_GET_DAY(date)))};
  return static_cast<int32_t>(std::chrono::sys_days(day).time_since_epoch().count());
}

int64_t micros_of(int hour, int minute, int second, int micros) {
  return ((hour * 60 + minute) * 60 + second) * INT64_C(1'000'000) + micros;
}

constexpr int64_t kMicrosPerDay = INT64_C(86'400'000'000);

ColumnPtr dates(Values values, const TypeInfoPtr& type) {
  return fixed<int32_t>(values, type, [&](PyObject* value) {
    if (!PyDate_CheckExact(value)) refuse(value, *type);
    return days_of(value);
  });
}

ColumnPtr times(Values values, const TypeInfoPtr& type) {
  return fixed<int64_t>(values, type, [&](PyObject* value) {
    if (!PyTime_CheckExact(value) || PyDateTime_TIME_GET_TZINFO(value) != Py_None) refuse(value, *type);
    return micros_of(PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
                     PyDateTime_TIME_GET_SECOND(value), PyDateTime_TIME_GET_MICROSECOND(value));
  });
}

ColumnPtr timestamps(Values values, const TypeInfoPtr& type) {
  return fixed<int64_t>(values, type, [&](PyObject* value) {
    if (!PyDateTime_CheckExact(value) || PyDateTime_DATE_GET_TZINFO(value) != Py_None) refuse(value, *type);
    return days_of(value) * kMicrosPerDay +
           micros_of(PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value),
                     PyDateTime_DATE_GET_SECOND(value), PyDateTime_DATE_GET_MICROSECOND(value));
  });
}

/// `append(value, data)` appends the bytes that stand for a value that is not None.
template <typename Append>
ColumnPtr texts(Values values, const TypeInfoPtr& type, Append append) {
  std::vector<int32_t> offsets(values.size() + 1);
  std::string data;
  MissingRows missing;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == Py_None) {
      missing.add(i);
    } else {
      append(values[i], data);
      if (data.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
        PyErr_SetString(PyExc_OverflowError,
                        "a batch holds more than 2 GiB of text; set execution.batch-size");
        throw py::error_already_set();
      }
    }
    offsets[i + 1] = static_cast<int32_t>(data.size());
  }
  return std::make_shared<StringColumn>(std::move(offsets), std::move(data), missing.finish(values.size()),
                                        type);
}

void append_text(PyObject* text, std::string& data) {
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(text, &size);
  if (!utf8) throw py::error_already_set();
  data.append(utf8, static_cast<size_t>(size));
}

ColumnPtr strings(Values values, const TypeInfoPtr& type) {
  return texts(values, type, [&](PyObject* value, std::string& data) {
    if (!PyUnicode_Check(value)) refuse(value, *type);
    append_text(value, data);
  });
}

ColumnPtr byte_strings(Values values, const TypeInfoPtr& type) {
  return texts(values, type, [&](PyObject* value, std::string& data) {
    if (!PyBytes_Check(value)) refuse(value, *type);
    data.append(PyBytes_AS_STRING(value), static_cast<size_t>(PyBytes_GET_SIZE(value)));
  });
}

/// Two's complement, most significant byte first, in as few bytes as hold value and sign.
ColumnPtr big_integers(Values values, const TypeInfoPtr& type) {
  return texts(values, type, [&](PyObject* value, std::string& data) {
    if (!PyLong_Check(value)) refuse(value, *type);
    py::handle number(value);
    auto bits = py::cast<size_t>(number.attr("bit_length")());
    py::bytes bytes = number.attr("to_bytes")(bits / 8 + 1, "big", py::arg("signed") = true);
    data.append(PyBytes_AS_STRING(bytes.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr())));
  });
}

/// As `str` writes it, which keeps every digit and the exponent.
ColumnPtr decimals(Values values, const TypeInfoPtr& type) {
  const py::object& decimal = PythonClasses::get().decimal;
  return texts(values, type, [&](PyObject* value, std::string& data) {
    if (!py::isinstance(value, decimal)) refuse(value, *type);
    append_text(py::str(py::handle(value)).ptr(), data);
  });
}

ColumnPtr instants(Values values, const TypeInfoPtr& type) {
  std::vector<PyObject*> parts[2];
  std::vector<py::object> alive;
  MissingRows missing;
  const py::object& instant = PythonClasses::get().instant;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == Py_None) {
      missing.add(i);
      for (auto& part : parts) part.push_back(Py_None);
      continue;
    }
    if (!py::isinstance(values[i], instant)) refuse(values[i], *type);
    alive.push_back(py::handle(values[i]).attr("seconds"));
    parts[0].push_back(alive.back().ptr());
    alive.push_back(py::handle(values[i]).attr("nanos"));
    parts[1].push_back(alive.back().ptr());
  }
  std::vector<ColumnPtr> fields;
  for (const auto& part : parts) fields.push_back(integers<int64_t>(part, TypeInfo::of(TypeKind::kLong)));
  return std::make_shared<StructColumn>(std::move(fields), values.size(), missing.finish(values.size()),
                                        type);
}

/// One column for each field. `items_of(value)` gives the array of field values of a value that is not
/// None, or calls `refuse`.
template <typename ItemsOf>
ColumnPtr structs(Values values, const TypeInfoPtr& type, ItemsOf items_of,
                  std::shared_ptr<const FixedColumn<int8_t>> kinds = nullptr) {
  const auto& types = type->children();
  std::vector<std::vector<PyObject*>> fields(types.size(), std::vector<PyObject*>(values.size()));
  MissingRows missing;
  for (size_t i = 0; i < values.size(); ++i) {
    PyObject* const* items = nullptr;
    if (values[i] == Py_None) {
      missing.add(i);
    } else {
      items = items_of(values[i]);
    }
    for (size_t field = 0; field < fields.size(); ++field) fields[field][i] = items ? items[field] : Py_None;
  }
  std::vector<ColumnPtr> columns;
  for (size_t field = 0; field < fields.size(); ++field) {
    columns.push_back(column_from_objects(fields[field], types[field]));
  }
  return std::make_shared<StructColumn>(std::move(columns), values.size(), missing.finish(values.size()),
                                        type, std::move(kinds));
}

ColumnPtr tuples(Values values, const TypeInfoPtr& type) {
  return structs(values, type, [&](PyObject* value) {
    if (!PyTuple_Check(value) ||
        PyTuple_GET_SIZE(value) != static_cast<Py_ssize_t>(type->children().size())) {
      refuse(value, *type);
    }
    return reinterpret_cast<PyTupleObject*>(value)->ob_item;
  });
}

std::shared_ptr<const FixedColumn<int8_t>> kinds_of(Values rows) {
  const auto& classes = PythonClasses::get();
  PyObject* insert = PyTuple_GET_ITEM(classes.row_kinds.ptr(), 0);
  std::vector<int8_t> kinds;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!classes.row.is_row(rows[i]) || classes.row.kind(rows[i]) == insert) continue;
    kinds.resize(rows.size());
    kinds[i] = py::cast<int8_t>(py::handle(classes.row.kind(rows[i])).attr("value"));
  }
  return kinds.empty() ? nullptr : std::make_shared<FixedColumn<int8_t>>(std::move(kinds));
}

ColumnPtr rows(Values values, const TypeInfoPtr& type) {
  const auto& classes = PythonClasses::get();
  auto items_of = [&](PyObject* value) {
    if (!classes.row.is_row(value)) refuse(value, *type);
    PyObject* items = classes.row.values(value);
    if (PyList_GET_SIZE(items) != static_cast<Py_ssize_t>(type->children().size())) refuse(value, *type);
    return reinterpret_cast<PyListObject*>(items)->ob_item;
  };
  return structs(values, type, items_of, kinds_of(values));
}

/// `take(value, items)` appends the items of a value that is not None.
template <typename Take>
ColumnPtr lists_of(Values values, const TypeInfoPtr& type, const TypeInfoPtr& item_type, Take take) {
  std::vector<int32_t> offsets(values.size() + 1);
  std::vector<PyObject*> items;
  MissingRows missing;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == Py_None) {
      missing.add(i);
    } else {
      take(values[i], items);
    }
    offsets[i + 1] = static_cast<int32_t>(items.size());
  }
  return std::make_shared<ListColumn>(std::move(offsets), column_from_objects(items, item_type),
                                      missing.finish(values.size()), type);
}

ColumnPtr lists(Values values, const TypeInfoPtr& type) {
  return lists_of(values, type, type->children().at(0), [&](PyObject* value, std::vector<PyObject*>& items) {
    if (!PyList_Check(value)) refuse(value, *type);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); ++i) items.push_back(PyList_GET_ITEM(value, i));
  });
}

ColumnPtr maps(Values values, const TypeInfoPtr& type) {
  auto entry = std::make_shared<TypeInfo>(TypeKind::kTuple, std::vector<std::string>(), type->children());
  std::vector<py::object> entries;  // keeps the tuples alive until they are laid out
  return lists_of(values, type, entry, [&](PyObject* value, std::vector<PyObject*>& items) {
    if (!PyDict_Check(value)) refuse(value, *type);
    PyObject *key = nullptr, *item = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(value, &position, &key, &item)) {
      entries.push_back(py::make_tuple(py::handle(key), py::handle(item)));
      items.push_back(entries.back().ptr());
    }
  });
}

}  // namespace

ColumnPtr column_from_objects(Values values, const TypeInfoPtr& type) {
  if (!PyDateTimeAPI) PyDateTime_IMPORT;
  switch (type->kind()) {
    case TypeKind::kBoolean:
      return fixed<int8_t>(values, type, [&](PyObject* value) {
        if (!PyBool_Check(value)) refuse(value, *type);
        return static_cast<int8_t>(value == Py_True);
      });
    case TypeKind::kByte:
      return integers<int8_t>(values, type);
    case TypeKind::kShort:
      return integers<int16_t>(values, type);
    case TypeKind::kInt:
      return integers<int32_t>(values, type);
    case TypeKind::kLong:
      return integers<int64_t>(values, type);
    case TypeKind::kFloat:
      return reals<float>(values, type);
    case TypeKind::kDouble:
      return reals<double>(values, type);
    case TypeKind::kChar:
    case TypeKind::kString:
      return strings(values, type);
    case TypeKind::kBytes:
      return byte_strings(values, type);
    case TypeKind::kBigInt:
      return big_integers(values, type);
    case TypeKind::kBigDec:
      return decimals(values, type);
    case TypeKind::kInstant:
      return instants(values, type);
    case TypeKind::kDate:
      return dates(values, type);
    case TypeKind::kTime:
      return times(values, type);
    case TypeKind::kTimestamp:
      return timestamps(values, type);
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return lists(values, type);
    case TypeKind::kMap:
      return maps(values, type);
    case TypeKind::kTuple:
      return tuples(values, type);
    case TypeKind::kRow:
      return rows(values, type);
    case TypeKind::kPickled:
      break;
  }
  throw py::type_error("values of type " + type->to_string() + " have no layout");
}

}  // namespace pf::python
