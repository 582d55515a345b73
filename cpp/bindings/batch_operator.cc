#include "bindings/batch_operator.h"

#include "base/error.h"
#include "bindings/column_from_objects.h"
#include "bindings/infer_column.h"
#include "bindings/native_column.h"
#include "bindings/object_column.h"
#include "bindings/objects_from_column.h"
#include "bindings/user_failure.h"
#include "model/nested_column.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// The column as one of another type that has the same layout; null where there is none. A struct from
/// outside is a row with its own names, and stands for any tuple or row of the same field types.
ColumnPtr retyped(const ColumnPtr& column, const TypeInfoPtr& wanted) {
  const TypeInfoPtr type = column->type();
  if (type->equals(*wanted)) return column;
  const auto* record = dynamic_cast<const StructColumn*>(column.get());
  const bool fields = wanted->kind() == TypeKind::kTuple || wanted->kind() == TypeKind::kRow;
  if (!record || !fields || record->fields().size() != wanted->children().size()) return nullptr;
  std::vector<ColumnPtr> children;
  for (size_t i = 0; i < record->fields().size(); ++i) {
    children.push_back(retyped(record->fields()[i], wanted->children()[i]));
    if (!children.back()) return nullptr;
  }
  return std::make_shared<StructColumn>(std::move(children), record->size(), record->validity(), wanted,
                                        record->kinds());
}

ColumnPtr coerced(const std::vector<PyObject*>& values, const Coercer* coercer) {
  std::vector<PyObject*> objects;
  objects.reserve(values.size());
  for (PyObject* value : values) {
    PyObject* right = coercer ? coercer->apply(Py_NewRef(value)) : Py_NewRef(value);
    if (!right) {
      ObjectColumn earlier(std::move(objects));
      throw py::error_already_set();
    }
    objects.push_back(right);
  }
  return std::make_shared<ObjectColumn>(std::move(objects));
}

}  // namespace

void BatchOperator::open(OperatorContext& context) {
  Operator::open(context);
  opened_.emplace(*function_, context);
}

Step BatchOperator::process_batch(int, Batch& batch, Outbox& out) {
  Batch mapped;
  try {
    py::object result = opened_->call(0).callable(argument(batch.values));
    mapped.values = checked(result, batch.size());
  } catch (const py::error_already_set& error) {
    throw UserFailure(*context_, error, nullptr);
  }
  mapped.timestamps = batch.timestamps;
  out.emit(std::move(mapped));
  return Step::kDone;
}

py::object BatchOperator::argument(const ColumnPtr& values) const {
  if (!values->opaque()) return py::cast(NativeColumn{values});
  const auto& objects = static_cast<const ObjectColumn&>(*values).objects();
  ColumnPtr column = types_.input ? column_from_objects(objects, types_.input) : infer_column(objects);
  if (column) return py::cast(NativeColumn{std::move(column)});
  py::list list(objects.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(objects[i]));
  }
  return list;
}

ColumnPtr BatchOperator::checked(const py::object& result, size_t rows) const {
  PF_CHECK(py::len(result) == rows);
  if (py::isinstance<NativeColumn>(result)) {
    const ColumnPtr& column = py::cast<const NativeColumn&>(result).column;
    if (!types_.output) return column;
    if (ColumnPtr right = retyped(column, types_.output)) return right;
    return coerced(objects_from_column(*column)->objects(), function_->output.get());
  }
  std::vector<PyObject*> values;
  for (py::handle value : py::cast<py::list>(result)) values.push_back(value.ptr());
  return coerced(values, function_->output.get());
}

}  // namespace pf::python
