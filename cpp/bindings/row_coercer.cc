#include "bindings/row_coercer.h"

#include <pybind11/stl.h>

#include "bindings/python_classes.h"
#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class RowCoercer final : public Coercer {
 public:
  RowCoercer(std::vector<std::string> names, std::vector<std::shared_ptr<const Coercer>> fields)
      : Coercer(false, {}),
        classes_(PythonClasses::get()),
        row_(classes_.row),
        insert_(PyTuple_GET_ITEM(classes_.row_kinds.ptr(), 0)),
        fields_(std::move(fields)) {
    for (size_t i = names.size(); i < fields_.size(); ++i) names.emplace_back("f").append(std::to_string(i));
    names_ = py::cast(names);
  }

  bool is_right(PyObject* value) const override {
    if (!row_.is_row(value)) return value == Py_None;
    PyObject* values = row_.values(value);
    if (PyList_GET_SIZE(values) != size() || !has_our_names(value)) return false;
    for (Py_ssize_t i = 0; i < size(); ++i) {
      const auto& field = fields_[static_cast<size_t>(i)];
      if (field && !field->fits(PyList_GET_ITEM(values, i))) return false;
    }
    return true;
  }

  PyObject* convert(PyObject* value) const override {
    auto owned = py::reinterpret_steal<py::object>(value);
    try {
      return row_.make(names_.ptr(), kind_of(value), coerced(items_of(value)).release().ptr());
    } catch (py::error_already_set& error) {
      error.restore();
      return nullptr;
    }
  }

 private:
  Py_ssize_t size() const { return static_cast<Py_ssize_t>(fields_.size()); }

  bool has_our_names(PyObject* row) const {
    PyObject* names = row_.names(row);
    if (names == names_.ptr()) return true;
    if (!names || !PyList_CheckExact(names) || PyList_GET_SIZE(names) != size()) return false;
    for (Py_ssize_t i = 0; i < size(); ++i) {
      PyObject* own = PyList_GET_ITEM(names, i);
      PyObject* wanted = PyList_GET_ITEM(names_.ptr(), i);
      if (own != wanted && !(PyUnicode_Check(own) && PyUnicode_Compare(own, wanted) == 0)) return false;
    }
    return true;
  }

  PyObject* kind_of(PyObject* value) const {
    if (row_.is_row(value)) return row_.kind(value);
    return insert_.ptr();
  }

  /// The values of the fields as a tuple or list.
  py::object items_of(PyObject* value) const {
    if (row_.is_row(value)) return items_of_row(value);
    if (PyTuple_Check(value) || PyList_Check(value)) return py::reinterpret_borrow<py::object>(value);
    if (py::isinstance(value, row_.cls())) return py::list(py::reinterpret_borrow<py::object>(value));
    py::list items;
    if (PyDict_Check(value)) {
      for (py::handle name : names_) {
        PyObject* item = PyDict_GetItemWithError(value, name.ptr());
        if (!item && PyErr_Occurred()) throw py::error_already_set();
        items.append(item ? py::handle(item) : py::handle(Py_None));
      }
      return items;
    }
    if (has_attributes(value)) {
      for (py::handle name : names_) items.append(py::getattr(value, name));
      return items;
    }
    PyErr_Format(PyExc_TypeError, "expected a row of %zd fields, got %U of type %s", size(),
                 shown(value).ptr(), Py_TYPE(value)->tp_name);
    throw py::error_already_set();
  }

  py::object items_of_row(PyObject* row) const {
    auto values = py::reinterpret_borrow<py::object>(row_.values(row));
    if (!row_.names(row) || has_our_names(row)) return values;
    auto own = py::reinterpret_borrow<py::object>(row_.names(row));
    if (py::set(own).attr("__ne__")(py::set(names_)).cast<bool>()) return values;
    py::list items;
    for (py::handle name : names_) items.append(values[own.attr("index")(name)]);
    return items;
  }

  bool has_attributes(PyObject* value) const {
    for (py::handle name : names_) {
      if (!py::hasattr(value, name)) return false;
    }
    return !fields_.empty();
  }

  py::list coerced(const py::object& items) const {
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
    if (count != size()) {
      PyErr_Format(PyExc_ValueError, "expected a row of %zd fields, got %U with %zd", size(),
                   shown(items.ptr()).ptr(), count);
      throw py::error_already_set();
    }
    py::list values(fields_.size());
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* item = Py_NewRef(PySequence_Fast_GET_ITEM(items.ptr(), i));
      const auto& field = fields_[static_cast<size_t>(i)];
      if (field) item = field->apply(item);
      if (!item) throw py::error_already_set();
      PyList_SET_ITEM(values.ptr(), i, item);
    }
    return values;
  }

  const PythonClasses& classes_;
  const RowClass& row_;
  py::handle insert_;
  std::vector<std::shared_ptr<const Coercer>> fields_;
  py::list names_;
};

}  // namespace

std::shared_ptr<const Coercer> make_row_coercer(std::vector<std::string> names,
                                                std::vector<std::shared_ptr<const Coercer>> fields) {
  return std::make_shared<RowCoercer>(std::move(names), std::move(fields));
}

}  // namespace pf::python
