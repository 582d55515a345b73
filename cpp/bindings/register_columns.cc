#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/arrow_capsules.h"
#include "bindings/coercer.h"
#include "bindings/column_from_objects.h"
#include "bindings/infer_column.h"
#include "bindings/native_column.h"
#include "bindings/objects_from_column.h"
#include "bindings/register.h"
#include "model/nested_column.h"

namespace py = pybind11;

namespace pf::python {
namespace {

using Values = py::typing::List<py::object>;
/// As `TypeInformation._descriptor` gives it.
using Descriptor = py::typing::Tuple<py::str, py::object, py::object>;

using Capsules = py::typing::Tuple<py::object, py::object>;

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
      .def_static(
          "from_arrow", [](const py::object& array) { return NativeColumn{column_of_arrow(array)}; },
          py::arg("array"), "Of what has `__arrow_c_array__`; shares its memory where it is laid out alike.")
      .def(
          "__arrow_c_array__",
          [](const NativeColumn& self, const py::object&) -> Capsules { return array_capsules(self.column); },
          py::arg("requested_schema") = py::none())
      .def("__arrow_c_schema__",
           [](const NativeColumn& self) -> py::object { return schema_capsule(*self.column->type()); })
      .def("__len__", [](const NativeColumn& self) { return self.column->size(); })
      .def_property_readonly(
          "type", [](const NativeColumn& self) -> Descriptor { return descriptor_of(*self.column->type()); },
          "The descriptor of the type.")
      .def(
          "as_field",
          [](const NativeColumn& self, std::string name) {
            auto type = std::make_shared<TypeInfo>(TypeKind::kRow, std::vector<std::string>{std::move(name)},
                                                   std::vector<TypeInfoPtr>{self.column->type()});
            return NativeColumn{std::make_shared<StructColumn>(std::vector<ColumnPtr>{self.column},
                                                               self.column->size(), Validity(), type)};
          },
          py::arg("name"), "Rows whose only field is this column.")
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

  py::class_<NativeStream, std::shared_ptr<NativeStream>>(
      module, "ArrowStream", "A stream taken from what has `__arrow_c_stream__`; it can be read once.")
      .def(py::init([](const py::object& object) { return NativeStream::of(object); }), py::arg("object"))
      .def_property_readonly(
          "type", [](const NativeStream& self) -> Descriptor { return descriptor_of(*self.type); },
          "The descriptor of the records' type.");
  module.def(
      "arrow_stream_capsule",
      [](py::handle type, py::object next) -> py::object {
        return stream_capsule(type_info_from(type), std::move(next));
      },
      py::arg("type"), py::arg("next"), "A stream of the columns that `next` gives, until that is None.");
}

}  // namespace pf::python
