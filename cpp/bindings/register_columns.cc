#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/coercer.h"
#include "bindings/column_from_objects.h"
#include "bindings/infer_column.h"
#include "bindings/objects_from_column.h"
#include "bindings/register.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// A natively laid out column in Python's hands.
struct NativeColumn {
  ColumnPtr column;
};

using Values = py::typing::List<py::object>;
/// As `TypeInformation._descriptor` gives it.
using Descriptor = py::typing::Tuple<py::str, py::object, py::object>;

std::vector<PyObject*> borrowed(const Values& values) {
  std::vector<PyObject*> objects;
  for (py::handle value : values) objects.push_back(value.ptr());
  return objects;
}

}  // namespace

void register_columns(py::module_& module) {
  py::class_<NativeColumn>(module, "Column", "Values of one type, laid out as Arrow does.")
      .def_static(
          "of",
          [](const Values& values, py::handle descriptor) {
            return NativeColumn{column_from_objects(borrowed(values), type_info_from(descriptor))};
          },
          py::arg("values"), py::arg("type"))
      .def_static(
          "infer",
          [](const Values& values) -> std::optional<NativeColumn> {
            ColumnPtr column = infer_column(borrowed(values));
            if (!column) return std::nullopt;
            return NativeColumn{std::move(column)};
          },
          py::arg("values"), "None where the values have to stay Python objects.")
      .def("__len__", [](const NativeColumn& self) { return self.column->size(); })
      .def_property_readonly(
          "type", [](const NativeColumn& self) -> Descriptor { return descriptor_of(*self.column->type()); },
          "The descriptor of the type.")
      .def("select",
           [](const NativeColumn& self, const std::vector<uint32_t>& rows) {
             for (uint32_t row : rows) {
               if (row >= self.column->size()) throw py::index_error("no row " + std::to_string(row));
             }
             return NativeColumn{self.column->select(rows)};
           })
      .def("hash_codes",
           [](const NativeColumn& self) {
             std::vector<int32_t> codes(self.column->size());
             self.column->hash_codes(codes);
             return codes;
           })
      .def("to_list", [](const NativeColumn& self) {
        Values values;
        auto objects = objects_from_column(*self.column);
        for (PyObject* object : objects->objects()) values.append(py::handle(object));
        return values;
      });
}

}  // namespace pf::python
