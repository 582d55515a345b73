#include "bindings/coercer.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/python_classes.h"
#include "bindings/row_coercer.h"
#include "bindings/shown.h"
#include "bindings/shown_single.h"

namespace py = pybind11;

namespace pf::python {
namespace {

PyObject* refuse(PyObject* value, const char* type) {
  PyErr_Format(PyExc_TypeError, "expected a value of type %s, got %U of type %s", type, shown(value).ptr(),
               Py_TYPE(value)->tp_name);
  Py_DECREF(value);
  return nullptr;
}

/// numpy scalars and their like, which stand for a plain number.
PyObject* plain_number(PyObject* value) {
  if (PyIndex_Check(value)) return PyNumber_Index(value);
  if (PyObject_HasAttrString(value, "item")) return PyObject_CallMethod(value, "item", nullptr);
  return nullptr;
}

class Integer final : public Coercer {
 public:
  Integer(const char* name, int64_t min, int64_t max)
      : Coercer(true, {&PyLong_Type, max >> 60 > 0   ? 2U
                                     : max >> 30 > 0 ? 1U
                                                     : 0U}),
        name_(name),
        min_(min),
        max_(max) {}

  bool is_right(PyObject* value) const override {
    if (!PyLong_CheckExact(value)) return value == Py_None;
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 && number >= min_ && number <= max_;
  }

  PyObject* convert(PyObject* value) const override {
    if (!PyLong_CheckExact(value)) {
      PyObject* plain = plain_number(value);
      if (!plain || !PyLong_Check(plain)) {
        PyErr_Clear();
        Py_XDECREF(plain);
        return refuse(value, name_);
      }
      Py_DECREF(value);
      value = plain;
    }
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow == 0 && number >= min_ && number <= max_) return value;
    PyErr_Format(PyExc_OverflowError, "%U does not fit %s, which holds %lld to %lld", shown(value).ptr(),
                 name_, static_cast<long long>(min_), static_cast<long long>(max_));
    Py_DECREF(value);
    return nullptr;
  }

 private:
  const char* name_;
  int64_t min_;
  int64_t max_;
};

enum class Precision : uint8_t { kDouble, kSingle, kShownSingle };

double rounded(double number, Precision precision) {
  if (precision == Precision::kDouble) return number;
  return precision == Precision::kSingle ? static_cast<float>(number) : shown_single(number);
}

class Real final : public Coercer {
 public:
  Real(const char* name, Precision precision)
      : Coercer(true, {precision == Precision::kDouble ? &PyFloat_Type : nullptr}),
        name_(name),
        precision_(precision) {}

  bool is_right(PyObject* value) const override {
    if (!PyFloat_CheckExact(value)) return value == Py_None;
    const double number = PyFloat_AS_DOUBLE(value);
    return rounded(number, precision_) == number || number != number;
  }

  PyObject* convert(PyObject* value) const override {
    if (!PyFloat_Check(value) && !PyLong_Check(value)) {
      PyObject* plain = plain_number(value);
      if (!plain || !(PyFloat_Check(plain) || PyLong_Check(plain))) {
        PyErr_Clear();
        Py_XDECREF(plain);
        return refuse(value, name_);
      }
      Py_DECREF(value);
      value = plain;
    }
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
      Py_DECREF(value);
      return nullptr;
    }
    Py_DECREF(value);
    return PyFloat_FromDouble(rounded(number, precision_));
  }

 private:
  const char* name_;
  Precision precision_;
};

class Text final : public Coercer {
 public:
  Text() : Coercer(true, {&PyUnicode_Type}) {}
  bool is_right(PyObject* value) const override { return PyUnicode_CheckExact(value) || value == Py_None; }
  PyObject* convert(PyObject* value) const override {
    if (!PyUnicode_Check(value)) return refuse(value, "STRING");
    PyObject* text = PyUnicode_FromObject(value);  // of its own class, as numpy's
    Py_DECREF(value);
    return text;
  }
};

class Boolean final : public Coercer {
 public:
  Boolean() : Coercer(true, {&PyBool_Type}) {}
  bool is_right(PyObject* value) const override { return PyBool_Check(value) || value == Py_None; }
  PyObject* convert(PyObject* value) const override {
    int truth = -1;
    if (PyLong_Check(value) || PyObject_HasAttrString(value, "item")) truth = PyObject_IsTrue(value);
    if (truth < 0) {
      PyErr_Clear();
      return refuse(value, "BOOLEAN");
    }
    Py_DECREF(value);
    return PyBool_FromLong(truth);
  }
};

class Bytes final : public Coercer {
 public:
  Bytes() : Coercer(true, {&PyBytes_Type}) {}
  bool is_right(PyObject* value) const override { return PyBytes_CheckExact(value) || value == Py_None; }
  PyObject* convert(PyObject* value) const override {
    if (!PyByteArray_Check(value) && !PyMemoryView_Check(value) && !PyBytes_Check(value)) {
      return refuse(value, "PRIMITIVE_ARRAY(BYTE)");
    }
    PyObject* bytes = PyBytes_FromObject(value);
    Py_DECREF(value);
    return bytes;
  }
};

/// Values of one Python class, passed on as they are.
class InstanceOf final : public Coercer {
 public:
  InstanceOf(const char* name, py::object cls)
      : Coercer(true, {reinterpret_cast<PyTypeObject*>(cls.ptr())}), name_(name), cls_(std::move(cls)) {}

  PyObject* convert(PyObject* value) const override {
    int is = PyObject_IsInstance(value, cls_.ptr());
    if (is > 0) return value;
    PyErr_Clear();
    return refuse(value, name_);
  }

 private:
  const char* name_;
  py::object cls_;
};

/// Dates and times, of their exact class and without zone; one with a zone is moved to UTC.
class Temporal final : public Coercer {
 public:
  /// `type_info` is the method of `Types` that gives the type.
  Temporal(const char* type_info, py::object cls, bool zoned)
      : Coercer(true, {zoned ? nullptr : reinterpret_cast<PyTypeObject*>(cls.ptr())}),
        name_(type_info),
        cls_(std::move(cls)),
        type_(py::module_::import("pyflinkpp.common.typeinfo").attr("Types").attr(type_info)()),
        zoned_(zoned) {}

  bool is_right(PyObject* value) const override {
    if (!Py_IS_TYPE(value, reinterpret_cast<PyTypeObject*>(cls_.ptr()))) return value == Py_None;
    return !zoned_ || py::handle(value).attr("tzinfo").is_none();
  }

  PyObject* convert(PyObject* value) const override {
    int is = PyObject_IsInstance(value, cls_.ptr());
    if (is <= 0) {
      PyErr_Clear();
      return refuse(value, name_);
    }
    PyObject* stored = PyObject_CallMethod(type_.ptr(), "to_internal_type", "(O)", value);
    Py_DECREF(value);
    if (!stored) return nullptr;
    PyObject* plain = PyObject_CallMethod(type_.ptr(), "from_internal_type", "(O)", stored);
    Py_DECREF(stored);
    return plain;
  }

 private:
  const char* name_;
  py::object cls_;
  py::object type_;
  bool zoned_;
};

using CoercerPtr = std::shared_ptr<const Coercer>;

PyObject* coerce(const CoercerPtr& coercer, PyObject* value) {
  return coercer ? coercer->apply(value) : value;
}

/// Puts the coerced items of a fast sequence into a fresh list or tuple; null with an error pending.
template <typename New, typename Set>
PyObject* rebuild(PyObject* items, Py_ssize_t size, New make, Set set,
                  const std::function<const CoercerPtr&(Py_ssize_t)>& of) {
  PyObject* fresh = make(size);
  if (!fresh) return nullptr;
  for (Py_ssize_t i = 0; i < size; ++i) {
    PyObject* item = coerce(of(i), Py_NewRef(PySequence_Fast_GET_ITEM(items, i)));
    if (!item) {
      Py_DECREF(fresh);
      return nullptr;
    }
    set(fresh, i, item);
  }
  return fresh;
}

class Tuple final : public Coercer {
 public:
  explicit Tuple(std::vector<CoercerPtr> fields)
      : Coercer(
            std::ranges::all_of(fields, [](const auto& field) { return field && field->gives_unchanging(); }),
            {}),
        fields_(std::move(fields)) {
    for (const auto& field : fields_) glances_.push_back(field ? glance_of(*field) : Glance());
  }

  bool is_right(PyObject* value) const override {
    if (!PyTuple_CheckExact(value)) return value == Py_None;
    if (PyTuple_GET_SIZE(value) != static_cast<Py_ssize_t>(fields_.size())) return false;
    for (size_t i = 0; i < glances_.size(); ++i) {
      PyObject* item = PyTuple_GET_ITEM(value, static_cast<Py_ssize_t>(i));
      if (!glances_[i].shows_right(item) && fields_[i] && !fields_[i]->fits(item)) return false;
    }
    return true;
  }

  PyObject* convert(PyObject* value) const override {
    if (!PyTuple_Check(value) && !PyList_Check(value) &&
        PyObject_IsInstance(value, PythonClasses::get().row.cls().ptr()) <= 0) {
      return refuse(value, "TUPLE");
    }
    PyObject* items = PySequence_Tuple(value);
    Py_DECREF(value);
    if (!items) return nullptr;
    if (!right_size(items)) return nullptr;
    PyObject* fresh = rebuild(
        items, PyTuple_GET_SIZE(items), PyTuple_New,
        [](PyObject* t, Py_ssize_t i, PyObject* item) { PyTuple_SET_ITEM(t, i, item); },
        [this](Py_ssize_t i) -> const CoercerPtr& { return fields_[static_cast<size_t>(i)]; });
    Py_DECREF(items);
    return fresh;
  }

 private:
  bool right_size(PyObject* tuple) const {
    if (PyTuple_GET_SIZE(tuple) == static_cast<Py_ssize_t>(fields_.size())) return true;
    PyErr_Format(PyExc_ValueError, "expected a tuple of %zu fields, got %U with %zd", fields_.size(),
                 shown(tuple).ptr(), PyTuple_GET_SIZE(tuple));
    Py_DECREF(tuple);
    return false;
  }

  std::vector<CoercerPtr> fields_;
  std::vector<Glance> glances_;  // of the fields, side by side
};

class List final : public Coercer {
 public:
  explicit List(CoercerPtr element) : Coercer(false, {}), element_(std::move(element)) {}

  PyObject* convert(PyObject* value) const override {
    if (PyList_CheckExact(value) && !element_) return value;
    if (PyUnicode_Check(value) || PyBytes_Check(value) || !PySequence_Check(value)) {
      return refuse(value, "LIST");
    }
    PyObject* items = PySequence_Fast(value, "a list type needs a sequence");
    Py_DECREF(value);
    if (!items) return nullptr;
    PyObject* fresh = rebuild(
        items, PySequence_Fast_GET_SIZE(items), PyList_New,
        [](PyObject* l, Py_ssize_t i, PyObject* item) { PyList_SET_ITEM(l, i, item); },
        [this](Py_ssize_t) -> const CoercerPtr& { return element_; });
    Py_DECREF(items);
    return fresh;
  }

 private:
  CoercerPtr element_;
};

class Map final : public Coercer {
 public:
  Map(CoercerPtr key, CoercerPtr value)
      : Coercer(false, {}), key_(std::move(key)), value_(std::move(value)) {}

  PyObject* convert(PyObject* value) const override {
    if (!PyDict_Check(value)) return refuse(value, "MAP");
    PyObject* fresh = PyDict_New();
    PyObject *key = nullptr, *item = nullptr;
    Py_ssize_t position = 0;
    while (fresh && PyDict_Next(value, &position, &key, &item)) {
      PyObject* new_key = coerce(key_, Py_NewRef(key));
      PyObject* new_item = new_key ? coerce(value_, Py_NewRef(item)) : nullptr;
      if (!new_item || PyDict_SetItem(fresh, new_key, new_item) < 0) Py_CLEAR(fresh);
      Py_XDECREF(new_key);
      Py_XDECREF(new_item);
    }
    Py_DECREF(value);
    return fresh;
  }

 private:
  CoercerPtr key_;
  CoercerPtr value_;
};

template <typename T>
CoercerPtr integer(const char* name) {
  return std::make_shared<Integer>(name, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

bool has_floats(const TypeInfo& type) {
  return type.kind() == TypeKind::kFloat || std::any_of(type.children().begin(), type.children().end(),
                                                        [](const auto& child) { return has_floats(*child); });
}

CoercerPtr make(const TypeInfo& type, Precision of_floats) {
  if (of_floats == Precision::kShownSingle && !has_floats(type)) return nullptr;
  auto child = [&](size_t i) { return make(*type.children().at(i), of_floats); };
  auto children = [&] {
    std::vector<CoercerPtr> fields;
    for (const auto& field : type.children()) fields.push_back(make(*field, of_floats));
    return fields;
  };
  const PythonClasses& classes = PythonClasses::get();
  switch (type.kind()) {
    case TypeKind::kPickled:
      return nullptr;
    case TypeKind::kBoolean:
      return std::make_shared<Boolean>();
    case TypeKind::kByte:
      return integer<int8_t>("BYTE");
    case TypeKind::kShort:
      return integer<int16_t>("SHORT");
    case TypeKind::kInt:
      return integer<int32_t>("INT");
    case TypeKind::kLong:
      return integer<int64_t>("LONG");
    case TypeKind::kFloat:
      return std::make_shared<Real>("FLOAT", of_floats);
    case TypeKind::kDouble:
      return std::make_shared<Real>("DOUBLE", Precision::kDouble);
    case TypeKind::kChar:
    case TypeKind::kString:
      return std::make_shared<Text>();
    case TypeKind::kBytes:
      return std::make_shared<Bytes>();
    case TypeKind::kBigInt:
      return std::make_shared<InstanceOf>(
          "BIG_INT", py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&PyLong_Type)));
    case TypeKind::kBigDec:
      return std::make_shared<InstanceOf>("BIG_DEC", classes.decimal);
    case TypeKind::kInstant:
      return std::make_shared<InstanceOf>("INSTANT", classes.instant);
    case TypeKind::kDate:
      return std::make_shared<Temporal>("SQL_DATE", classes.date, false);
    case TypeKind::kTime:
      return std::make_shared<Temporal>("SQL_TIME", classes.time, true);
    case TypeKind::kTimestamp:
      return std::make_shared<Temporal>("SQL_TIMESTAMP", classes.datetime, true);
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return std::make_shared<List>(child(0));
    case TypeKind::kMap:
      return std::make_shared<Map>(child(0), child(1));
    case TypeKind::kTuple:
      return std::make_shared<Tuple>(children());
    case TypeKind::kRow:
      return make_row_coercer(type.names(), children());
  }
  return nullptr;
}

/// Coercers hold Python objects and die with the plan, on any thread.
CoercerPtr dying_with_the_gil(CoercerPtr coercer) {
  if (!coercer) return nullptr;
  const Coercer* address = coercer.get();
  return CoercerPtr(address, [held = std::move(coercer)](const Coercer*) mutable {
    py::gil_scoped_acquire gil;
    held.reset();
  });
}

}  // namespace

CoercerPtr Coercer::of(const TypeInfo& type) { return dying_with_the_gil(make(type, Precision::kSingle)); }

CoercerPtr Coercer::showing_floats(const TypeInfo& type) {
  return dying_with_the_gil(make(type, Precision::kShownSingle));
}

TypeInfoPtr type_info_from(py::handle descriptor) {
  auto parts = py::cast<py::tuple>(descriptor);
  std::vector<std::string> names;
  if (!parts[1].is_none()) names = py::cast<std::vector<std::string>>(parts[1]);
  std::vector<TypeInfoPtr> children;
  for (const auto& child : py::cast<py::tuple>(parts[2])) children.push_back(type_info_from(child));
  return std::make_shared<TypeInfo>(type_kind_of(py::cast<std::string>(parts[0])), std::move(names),
                                    std::move(children));
}

py::tuple descriptor_of(const TypeInfo& type) {
  py::tuple children(type.children().size());
  for (size_t i = 0; i < children.size(); ++i) children[i] = descriptor_of(*type.children()[i]);
  py::object names =
      type.names().empty() ? py::object(py::none()) : py::object(py::tuple(py::cast(type.names())));
  return py::make_tuple(std::string(name_of(type.kind())), names, children);
}

std::shared_ptr<const Coercer> coercer_of(py::handle descriptor) {
  return descriptor.is_none() ? nullptr : Coercer::of(*type_info_from(descriptor));
}

}  // namespace pf::python
