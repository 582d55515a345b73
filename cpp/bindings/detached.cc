#include "bindings/detached.h"

#include <unordered_set>
#include <vector>

#include "bindings/python_classes.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

struct Names {
  py::object deepcopy = py::module_::import("copy").attr("deepcopy");
  py::object enum_meta = py::module_::import("enum").attr("EnumMeta");
  std::unordered_set<const void*> unchanging;

  Names() {
    const PythonClasses& classes = PythonClasses::get();
    for (const py::object& cls :
         {classes.decimal, classes.instant, classes.date, classes.time, classes.datetime})
      unchanging.insert(cls.ptr());
    auto datetime = py::module_::import("datetime");
    for (const char* name : {"timedelta", "timezone"}) unchanging.insert(datetime.attr(name).ptr());
    for (const auto& [module, name] : {std::pair("uuid", "UUID"),
                                       {"fractions", "Fraction"},
                                       {"re", "Pattern"},
                                       {"types", "BuiltinFunctionType"},
                                       {"types", "EllipsisType"}}) {
      // As old as the interpreter, or kept by these names: the addresses stay theirs.
      unchanging.insert(py::object(py::module_::import(module).attr(name)).release().ptr());
    }
    for (PyTypeObject* type : {&PyComplex_Type, &PyRange_Type, &PyFunction_Type, &PyModule_Type}) {
      unchanging.insert(type);
    }
  }

  static const Names& get() {
    static const auto* names = new Names;  // never destroyed: may outlive the interpreter
    return *names;
  }
};

bool is_plain(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || object == Py_None ||
         type == &PyBool_Type || type == &PyBytes_Type;
}

/// Not looking into tuples.
bool is_unchanging_leaf(PyObject* object) {
  if (is_plain(object)) return true;
  if (PyTuple_CheckExact(object) || PyList_CheckExact(object) || PyDict_CheckExact(object)) return false;
  if (PyType_Check(object)) return true;
  const Names& names = Names::get();
  PyTypeObject* type = Py_TYPE(object);
  return names.unchanging.contains(type) ||
         PyType_IsSubtype(Py_TYPE(type), reinterpret_cast<PyTypeObject*>(names.enum_meta.ptr()));
}

/// Of a type whose objects keep their members for ever, and have no attributes beside them.
bool is_frozen_container(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  if (type == &PyTuple_Type || type == &PyFrozenSet_Type) return true;
  return PyTuple_Check(object) && type->tp_dictoffset == 0 &&
         (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) == 0 && type->tp_basicsize == PyTuple_Type.tp_basicsize;
}

/// Looks through what can be reached from an object for something that others refer to as well.
class Walk {
 public:
  explicit Walk(PyObject* object, Py_ssize_t references) {
    meet({object, references, false});
    while (alone_ && !open_.empty()) {
      Place place = open_.back();
      open_.pop_back();
      look_into(place);
    }
  }
  bool alone() const { return alone_; }

 private:
  struct Place {
    PyObject* object;
    Py_ssize_t references;  // that are ours
    bool shared;            // others reach it through an object that itself can't change
  };

  void meet(Place place) {
    if (!is_unchanging_leaf(place.object)) open_.push_back(place);
  }

  void look_into(const Place& place) {
    PyObject* object = place.object;
    bool shared = place.shared || Py_REFCNT(object) > place.references;
    if (shared && !is_frozen_container(object)) {
      alone_ = false;
      return;
    }
    inside_shared_ = shared;
    const RowClass& rows = PythonClasses::get().row;
    if (rows.is_row(object)) {
      meet({rows.values(object), 1, false});
    } else if (traverseproc traverse = Py_TYPE(object)->tp_traverse) {
      traverse(object, &Walk::visit, this);
    } else if (PyObject_CheckBuffer(object) && !PyByteArray_CheckExact(object)) {
      alone_ = false;  // it may be a view of somebody else's memory
    }
  }

  static int visit(PyObject* object, void* walk) {
    auto* self = static_cast<Walk*>(walk);
    self->meet({object, 1, self->inside_shared_});
    return 0;
  }

  std::vector<Place> open_;
  bool inside_shared_ = false;
  bool alone_ = true;
};

/// Copies an object once however often it is met on the way, as `copy.deepcopy` does, which it asks where it
/// does not know a class.
class Copier {
 public:
  py::object copy(PyObject* object) {
    if (is_unchanging_leaf(object)) return py::reinterpret_borrow<py::object>(object);
    if (Py_EnterRecursiveCall(" while a record is copied")) throw py::error_already_set();
    struct Leave {
      ~Leave() { Py_LeaveRecursiveCall(); }
    } leave;
    if (PyTuple_CheckExact(object)) return copy_tuple(object);
    if (PyList_CheckExact(object)) return copy_list(object);
    if (PyDict_CheckExact(object)) return copy_dict(object);
    if (PythonClasses::get().row.is_row(object)) return copy_row(object);
    return Names::get().deepcopy(py::handle(object), memo());
  }

 private:
  py::dict& memo() {
    if (!memo_) memo_ = py::dict();
    return memo_;
  }
  py::object known(PyObject* object) {
    if (!memo_ || Py_REFCNT(object) == 1) return {};
    PyObject* found = PyDict_GetItemWithError(memo_.ptr(), id(object).ptr());
    if (!found && PyErr_Occurred()) throw py::error_already_set();
    return py::reinterpret_borrow<py::object>(found);
  }
  void remember(PyObject* object, const py::object& copy) {
    if (Py_REFCNT(object) > 1) memo()[id(object)] = copy;
  }
  static py::object id(PyObject* object) {
    return py::reinterpret_steal<py::object>(PyLong_FromVoidPtr(object));
  }

  py::object copy_tuple(PyObject* tuple) {
    if (never_changes(tuple)) return py::reinterpret_borrow<py::object>(tuple);
    if (py::object copy = known(tuple)) return copy;
    py::tuple fresh(PyTuple_GET_SIZE(tuple));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
      PyTuple_SET_ITEM(fresh.ptr(), i, copy(PyTuple_GET_ITEM(tuple, i)).release().ptr());
    }
    remember(tuple, fresh);
    return fresh;
  }
  py::object copy_list(PyObject* list) {
    if (py::object copy = known(list)) return copy;
    py::list fresh;
    remember(list, fresh);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
      fresh.append(copy(py::reinterpret_borrow<py::object>(PyList_GET_ITEM(list, i)).ptr()));
    }
    return fresh;
  }
  py::object copy_dict(PyObject* dict) {
    if (py::object copy = known(dict)) return copy;
    py::dict fresh;
    remember(dict, fresh);
    auto items = py::reinterpret_steal<py::list>(PyDict_Items(dict));
    for (py::handle item : items) {
      py::object key = copy(PyTuple_GET_ITEM(item.ptr(), 0));
      py::object value = copy(PyTuple_GET_ITEM(item.ptr(), 1));
      if (PyDict_SetItem(fresh.ptr(), key.ptr(), value.ptr()) < 0) throw py::error_already_set();
    }
    return fresh;
  }
  py::object copy_row(PyObject* row) {
    if (py::object copy = known(row)) return copy;
    const RowClass& rows = PythonClasses::get().row;
    py::list values;
    auto fresh =
        py::reinterpret_steal<py::object>(rows.make(rows.names(row), rows.kind(row), values.inc_ref().ptr()));
    if (!fresh) throw py::error_already_set();
    remember(row, fresh);
    auto old = py::reinterpret_borrow<py::list>(rows.values(row));
    for (size_t i = 0; i < old.size(); ++i) values.append(copy(py::object(old[i]).ptr()));
    return fresh;
  }

  py::dict memo_ = py::reinterpret_steal<py::dict>(py::handle());
};

}  // namespace

bool never_changes(PyObject* object) {
  if (is_plain(object)) return true;
  if (!PyTuple_CheckExact(object)) return is_unchanging_leaf(object);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
    PyObject* item = PyTuple_GET_ITEM(object, i);
    if (!is_plain(item) && !never_changes(item)) return false;
  }
  return true;
}

bool is_ours_alone(PyObject* object, Py_ssize_t references) {
  return never_changes(object) || Walk(object, references).alone();
}

PyObject* copy_of(PyObject* object) {
  try {
    return Copier().copy(object).release().ptr();
  } catch (py::error_already_set& error) {
    std::string problem = py::str(error.value());
    PyErr_Format(
        PyExc_TypeError,
        "the value %s has to be copied for another reader or task, and can't be (%s): emit what can be "
        "copied, or keep it in the function",
        short_repr(object).c_str(), problem.c_str());
    return nullptr;
  }
}

PyObject* detached(PyObject* owned) {
  if (is_ours_alone(owned, 1)) return owned;
  PyObject* copy = copy_of(owned);
  Py_DECREF(owned);
  return copy;
}

}  // namespace pf::python
