#include "bindings/python_value.h"

#include <algorithm>
#include <cmath>
#include <datetime.h>
#include <limits>
#include <vector>

#include "bindings/pickled.h"
#include "serde/value_tag.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Types and functions of Python that values are made of; imported once.
struct Names {
  py::object row = py::module_::import("pyflinkpp.common.types").attr("Row");
  py::object create_row = py::module_::import("pyflinkpp.common.types").attr("_create_row");
  py::list row_kinds{py::module_::import("pyflinkpp.common.types").attr("RowKind")};
  py::object decimal = py::module_::import("decimal").attr("Decimal");
  py::object loads = py::module_::import("pickle").attr("loads");
  py::str fields = py::str("_fields");
  py::str values = py::str("_values");
  py::str row_kind = py::str("_row_kind");

  static const Names& get() {
    static const auto* names = [] {
      PyDateTime_IMPORT;
      return new Names;  // never destroyed: may outlive the interpreter
    }();
    return *names;
  }
};

py::object owned(PyObject* object) {
  if (!object) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

class Writer {
 public:
  Writer(ByteWriter& out, bool is_key) : out_(out), is_key_(is_key) {}

  void write(PyObject* value) {
    if (value == Py_None) return tag(ValueTag::kNone);
    if (value == Py_True) return tag(ValueTag::kTrue);
    if (value == Py_False) return tag(ValueTag::kFalse);
    PyTypeObject* type = Py_TYPE(value);
    if (type == &PyUnicode_Type) return write_text(value);
    if (type == &PyLong_Type) return write_integer(value);
    if (type == &PyFloat_Type) {
      tag(ValueTag::kFloat);
      double number = PyFloat_AS_DOUBLE(value);
      return out_.put_double(std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number);
    }
    if (type == &PyTuple_Type) return write_tuple(value);
    if (type == &PyBytes_Type) {
      tag(ValueTag::kBytes);
      return out_.put_bytes({PyBytes_AS_STRING(value), static_cast<size_t>(PyBytes_GET_SIZE(value))});
    }
    if (type == &PyFrozenSet_Type) return write_set(ValueTag::kFrozenSet, value);
    if (type == &PyList_Type) return write_list(value);
    if (type == &PyDict_Type) return write_dict(value);
    if (type == &PySet_Type) return write_set(ValueTag::kSet, value);
    write_rarer(value);
  }

 private:
  void tag(ValueTag tag) { out_.put_byte(static_cast<uint8_t>(tag)); }

  void write_text(PyObject* text) {
    tag(ValueTag::kText);
    Py_ssize_t size = 0;
    if (const char* data = PyUnicode_AsUTF8AndSize(text, &size)) {
      return out_.put_bytes({data, static_cast<size_t>(size)});
    }
    PyErr_Clear();  // a lone surrogate
    py::object bytes = owned(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"));
    out_.put_bytes({PyBytes_AS_STRING(bytes.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))});
  }

  void write_integer(PyObject* number) {
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow == 0) {
      tag(ValueTag::kInt);
      return out_.put_ordered64(value);
    }
    tag(ValueTag::kBigInt);
    write_as_text(number);
  }

  void write_as_text(PyObject* value) {
    py::object text = owned(PyObject_Str(value));
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
    if (!data) throw py::error_already_set();
    out_.put_bytes({data, static_cast<size_t>(size)});
  }

  void write_tuple(PyObject* tuple) {
    tag(ValueTag::kTuple);
    out_.put_varint(static_cast<uint64_t>(PyTuple_GET_SIZE(tuple)));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) write(PyTuple_GET_ITEM(tuple, i));
  }

  // What is pickled within lists, dicts and rows may run anything, and change what it is in.

  void write_list(PyObject* list) {
    tag(ValueTag::kList);
    out_.put_varint(static_cast<uint64_t>(PyList_GET_SIZE(list)));
    write_items(list);
  }

  void write_items(PyObject* list) {
    const Py_ssize_t count = PyList_GET_SIZE(list);
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (PyList_GET_SIZE(list) != count) fail_changed(list);
      write(py::reinterpret_borrow<py::object>(PyList_GET_ITEM(list, i)).ptr());
    }
  }

  void write_dict(PyObject* dict) {
    tag(ValueTag::kDict);
    const Py_ssize_t count = PyDict_GET_SIZE(dict);
    out_.put_varint(static_cast<uint64_t>(count));
    Py_ssize_t position = 0;
    Py_ssize_t written = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (; PyDict_GET_SIZE(dict) == count && PyDict_Next(dict, &position, &key, &value); ++written) {
      const auto kept_key = py::reinterpret_borrow<py::object>(key);
      const auto kept_value = py::reinterpret_borrow<py::object>(value);
      write(key);
      write(value);
    }
    if (written != count) fail_changed(dict);
  }

  [[noreturn]] static void fail_changed(PyObject* container) {
    PyErr_Format(PyExc_RuntimeError,
                 "a %s was changed by what is in it, or by another thread, while it was written",
                 Py_TYPE(container)->tp_name);
    throw py::error_already_set();
  }

  void write_set(ValueTag kind, PyObject* set) {
    std::vector<std::string> items;
    for (py::handle item : py::reinterpret_borrow<py::object>(set)) {
      std::string bytes;
      ByteWriter out(bytes);
      Writer(out, is_key_).write(item.ptr());
      items.push_back(std::move(bytes));
    }
    std::sort(items.begin(), items.end());
    tag(kind);
    out_.put_varint(items.size());
    for (const std::string& item : items) out_.put_raw(item);
  }

  void write_row(PyObject* row) {
    const Names& names = Names::get();
    py::object values = py::handle(row).attr(names.values);
    py::object kind = py::handle(row).attr(names.row_kind);
    py::object fields = py::getattr(row, names.fields, py::none());
    tag(ValueTag::kRow);
    out_.put_byte(static_cast<uint8_t>(py::cast<int>(kind.attr("value"))));
    const py::list items(values);
    out_.put_varint(items.size());
    out_.put_byte(fields.is_none() ? 0 : 1);
    if (!fields.is_none()) {
      for (py::handle name : fields) write_as_text(name.ptr());
    }
    write_items(items.ptr());
  }

  static int64_t day_number(PyObject* date) {
    return PyDateTime_GET_YEAR(date) * 10'000 + PyDateTime_GET_MONTH(date) * 100 + PyDateTime_GET_DAY(date);
  }

  void write_rarer(PyObject* value) {
    const Names& names = Names::get();
    if (Py_TYPE(value) == reinterpret_cast<PyTypeObject*>(names.row.ptr())) return write_row(value);
    if (PyDate_CheckExact(value)) {
      tag(ValueTag::kDate);
      return out_.put_ordered64(day_number(value));
    }
    if (PyDateTime_CheckExact(value) && !_PyDateTime_HAS_TZINFO(value) && !PyDateTime_DATE_GET_FOLD(value)) {
      tag(ValueTag::kDateTime);
      out_.put_ordered64(day_number(value));
      int64_t seconds = (PyDateTime_DATE_GET_HOUR(value) * 60 + PyDateTime_DATE_GET_MINUTE(value)) * 60 +
                        PyDateTime_DATE_GET_SECOND(value);
      return out_.put_ordered64(seconds * 1'000'000 + PyDateTime_DATE_GET_MICROSECOND(value));
    }
    if (PyTime_CheckExact(value) && !_PyDateTime_HAS_TZINFO(value) && !PyDateTime_TIME_GET_FOLD(value)) {
      tag(ValueTag::kTime);
      int64_t seconds = (PyDateTime_TIME_GET_HOUR(value) * 60 + PyDateTime_TIME_GET_MINUTE(value)) * 60 +
                        PyDateTime_TIME_GET_SECOND(value);
      return out_.put_ordered64(seconds * 1'000'000 + PyDateTime_TIME_GET_MICROSECOND(value));
    }
    if (Py_TYPE(value) == reinterpret_cast<PyTypeObject*>(names.decimal.ptr())) {
      tag(ValueTag::kDecimal);
      return write_as_text(value);
    }
    tag(ValueTag::kPickle);
    py::bytes pickled = is_key_ ? pickled_key(value) : pickled_value(value);
    out_.put_bytes({PyBytes_AS_STRING(pickled.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(pickled.ptr()))});
  }

  ByteWriter& out_;
  bool is_key_;
};

PyObject* read_pickled(std::string_view pickled) {
  try {
    return Names::get().loads(py::bytes(pickled.data(), pickled.size())).release().ptr();
  } catch (const py::error_already_set& error) {
    if (error.matches(PyExc_AttributeError) || error.matches(PyExc_ImportError)) {
      error.value().attr("add_note")(
          "the state holds a pickled object of it: define or import it, by that name, in the program "
          "that goes on from the state or reads it");
    }
    throw;
  }
}

PyObject* text_from(std::string_view bytes) {
  PyObject* text = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogatepass");
  if (!text) throw py::error_already_set();
  return text;
}

/// More items than bytes can't be: damaged bytes must not make us allocate.
Py_ssize_t read_count(ByteReader& in) {
  uint64_t count = in.get_varint();
  if (count > in.rest().size()) throw Error("serialized state ends too early: the bytes are damaged");
  return static_cast<Py_ssize_t>(count);
}

PyObject* read_tuple(ByteReader& in) {
  Py_ssize_t count = read_count(in);
  py::object tuple = owned(PyTuple_New(count));
  for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple.ptr(), i, read_value(in));
  return tuple.release().ptr();
}

py::list read_list(ByteReader& in, Py_ssize_t count) {
  py::list list;
  for (Py_ssize_t i = 0; i < count; ++i) list.append(owned(read_value(in)));
  return list;
}

PyObject* read_dict(ByteReader& in) {
  py::dict dict;
  for (Py_ssize_t left = read_count(in); left > 0; --left) {
    py::object key = owned(read_value(in));
    dict[key] = owned(read_value(in));
  }
  return dict.release().ptr();
}

PyObject* read_row(ByteReader& in) {
  const Names& names = Names::get();
  size_t kind = in.get_byte();
  if (kind >= names.row_kinds.size()) throw Error("a row in state has no such kind: the bytes are damaged");
  Py_ssize_t count = read_count(in);
  py::object fields = py::none();
  if (in.get_byte() != 0) {
    py::list named;
    for (Py_ssize_t i = 0; i < count; ++i) named.append(owned(text_from(in.get_bytes())));
    fields = named;
  }
  py::list values = read_list(in, count);
  return names.create_row(fields, values, names.row_kinds[kind]).release().ptr();
}

PyObject* read_date(ByteReader& in) {
  auto day = static_cast<int>(in.get_ordered64());
  return PyDate_FromDate(day / 10'000, day / 100 % 100, day % 100);
}

PyObject* read_datetime(ByteReader& in) {
  auto day = static_cast<int>(in.get_ordered64());
  int64_t micros = in.get_ordered64();
  auto seconds = static_cast<int>(micros / 1'000'000);
  return PyDateTime_FromDateAndTime(day / 10'000, day / 100 % 100, day % 100, seconds / 3600,
                                    seconds / 60 % 60, seconds % 60, static_cast<int>(micros % 1'000'000));
}

PyObject* read_time(ByteReader& in) {
  int64_t micros = in.get_ordered64();
  auto seconds = static_cast<int>(micros / 1'000'000);
  return PyTime_FromTime(seconds / 3600, seconds / 60 % 60, seconds % 60,
                         static_cast<int>(micros % 1'000'000));
}

PyObject* read_tagged(ValueTag tag, ByteReader& in) {
  const Names& names = Names::get();
  switch (tag) {
    case ValueTag::kNone:
      return Py_NewRef(Py_None);
    case ValueTag::kFalse:
      return Py_NewRef(Py_False);
    case ValueTag::kTrue:
      return Py_NewRef(Py_True);
    case ValueTag::kInt:
      return PyLong_FromLongLong(in.get_ordered64());
    case ValueTag::kBigInt:
      return PyLong_FromString(std::string(in.get_bytes()).c_str(), nullptr, 10);
    case ValueTag::kFloat:
      return PyFloat_FromDouble(in.get_double());
    case ValueTag::kText:
      return text_from(in.get_bytes());
    case ValueTag::kBytes: {
      std::string_view bytes = in.get_bytes();
      return PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
    }
    case ValueTag::kTuple:
      return read_tuple(in);
    case ValueTag::kList:
      return read_list(in, read_count(in)).release().ptr();
    case ValueTag::kDict:
      return read_dict(in);
    case ValueTag::kRow:
      return read_row(in);
    case ValueTag::kSet:
      return PySet_New(read_list(in, read_count(in)).ptr());
    case ValueTag::kFrozenSet:
      return PyFrozenSet_New(read_list(in, read_count(in)).ptr());
    case ValueTag::kDate:
      return read_date(in);
    case ValueTag::kDateTime:
      return read_datetime(in);
    case ValueTag::kTime:
      return read_time(in);
    case ValueTag::kDecimal:
      return names.decimal(owned(text_from(in.get_bytes()))).release().ptr();
    case ValueTag::kPickle: {
      std::string_view pickled = in.get_bytes();
      return read_pickled(pickled);
    }
  }
  throw Error(
      "serialized state holds an unknown kind of value: the bytes are damaged, or of a later version");
}

}  // namespace

void write_value(PyObject* value, ByteWriter& out) {
  Names::get();
  Writer(out, false).write(value);
}

void write_key(PyObject* key, ByteWriter& out) {
  Names::get();
  Writer(out, true).write(key);
}

PyObject* read_value(ByteReader& in) {
  PyObject* value = read_tagged(static_cast<ValueTag>(in.get_byte()), in);
  if (!value) throw py::error_already_set();
  return value;
}

}  // namespace pf::python
