#include "bindings/python_exchange.h"

#include <unordered_map>

#include "bindings/object_column.h"
#include "bindings/objects_from_column.h"
#include "bindings/python_key.h"
#include "bindings/python_serializer.h"
#include "bindings/python_value.h"
#include "bindings/shown.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

py::object open_function(const GilHolder& open, const DeclaredBy& declared) {
  py::gil_scoped_acquire gil;
  try {
    return open.get()();
  } catch (const py::error_already_set& error) {
    throw UserFailure(context_of(declared), error, nullptr);
  }
}

std::string pickled_as_by_cloudpickle(std::string_view key) {
  py::gil_scoped_acquire gil;
  ByteReader in(key);
  auto object = py::reinterpret_steal<py::object>(read_value(in));
  return py::bytes(py::module_::import("cloudpickle").attr("dumps")(object, py::arg("protocol") = 5));
}

class PythonKeyExtractor final : public KeyExtractor {
 public:
  PythonKeyExtractor(py::object function, ItemRead item, std::shared_ptr<const Coercer> type,
                     DeclaredBy declared)
      : function_(std::move(function)), item_(item), type_(std::move(type)), declared_(std::move(declared)) {}

  void extract(Batch& batch) override {
    ObjectView rows(batch.values);
    std::vector<PyObject*> keys;
    keys.reserve(rows.size());
    for (size_t row = 0; row < rows.size(); ++row) {
      PyObject* key = key_of(rows[row]);
      if (key) key = as_key(key, type_.get());
      if (!key) {
        UserFailure failure(context_of(declared_), rows[row]);
        for (PyObject* earlier : keys) Py_DECREF(earlier);
        throw failure;
      }
      keys.push_back(key);
    }
    batch.keys = std::make_shared<ObjectColumn>(std::move(keys));
  }

 private:
  PyObject* key_of(PyObject* record) const {
    if (PyObject* item = item_.of(record)) return Py_NewRef(item);
    PyObject* arguments[] = {nullptr, record};
    return PyObject_Vectorcall(function_.get().ptr(), arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET,
                               nullptr);
  }

  GilHolder function_;
  ItemRead item_;
  std::shared_ptr<const Coercer> type_;
  DeclaredBy declared_;
};

class PythonKeyExtractorFactory final : public KeyExtractorFactory {
 public:
  PythonKeyExtractorFactory(py::object open, ItemRead item, PythonKeyType type, DeclaredBy declared)
      : open_(std::move(open)), item_(item), type_(std::move(type)), declared_(std::move(declared)) {}
  std::unique_ptr<KeyExtractor> create() const override {
    py::gil_scoped_acquire gil;
    return std::make_unique<PythonKeyExtractor>(open_function(open_, declared_), item_, type_.coercer,
                                                declared_);
  }
  bool needs_lane() const override { return true; }
  std::shared_ptr<const KeyCodec> key_codec() const override { return make_python_key_codec(); }
  std::shared_ptr<const KeyOrder> key_order() const override {
    return std::make_shared<KeyOrder>(type_.info, pickled_as_by_cloudpickle);
  }
  ColumnPtr gather(std::span<const ColumnRow> rows) const override {
    std::unordered_map<const Column*, std::shared_ptr<ObjectColumn>> converted;
    std::vector<PyObject*> objects;
    objects.reserve(rows.size());
    for (const auto& [column, row] : rows) {
      const auto* from = dynamic_cast<const ObjectColumn*>(column);
      if (!from) {
        auto& own = converted[column];
        if (!own) own = objects_from_column(*column);
        from = own.get();
      }
      objects.push_back(Py_NewRef(from->objects()[row]));
    }
    return std::make_shared<ObjectColumn>(std::move(objects));
  }

 private:
  GilHolder open_;
  ItemRead item_;
  PythonKeyType type_;
  DeclaredBy declared_;
};

class PythonPartitioner final : public Partitioner {
 public:
  PythonPartitioner(py::object functions, DeclaredBy declared, uint32_t channels)
      : functions_(std::move(functions)), declared_(std::move(declared)), channels_(channels) {}

  Route route(const Batch& batch, std::vector<uint32_t>& targets) override {
    const auto functions = py::cast<py::tuple>(functions_.get());
    py::object partition = functions[0];
    py::object key_of = functions[1];
    ObjectView rows(batch.values);
    targets.resize(rows.size());
    for (size_t row = 0; row < rows.size(); ++row) {
      try {
        py::object channel = partition(key_of(py::handle(rows[row])), channels_);
        targets[row] = checked(channel);
      } catch (const py::error_already_set& error) {
        throw UserFailure(context_of(declared_), error, rows[row]);
      }
    }
    return Route::kEach;
  }

 private:
  uint32_t checked(const py::object& channel) const {
    long index = PyLong_Check(channel.ptr()) ? PyLong_AsLong(channel.ptr()) : -1;
    if (index >= 0 && index < static_cast<long>(channels_)) return static_cast<uint32_t>(index);
    PyErr_Clear();
    PyErr_Format(PyExc_IndexError, "the partitioner returned %U; with %u partitions it must be 0 to %u",
                 shown(channel.ptr()).ptr(), channels_, channels_ - 1);
    throw py::error_already_set();
  }

  GilHolder functions_;
  DeclaredBy declared_;
  uint32_t channels_;
};

class PythonPartitionerFactory final : public PartitionerFactory {
 public:
  PythonPartitionerFactory(py::object open, DeclaredBy declared)
      : open_(std::move(open)), declared_(std::move(declared)) {}
  std::unique_ptr<Partitioner> create(uint32_t channels) const override {
    py::gil_scoped_acquire gil;
    return std::make_unique<PythonPartitioner>(open_function(open_, declared_), declared_, channels);
  }
  bool needs_lane() const override { return true; }

 private:
  GilHolder open_;
  DeclaredBy declared_;
};

}  // namespace

OperatorContext context_of(const DeclaredBy& declared) {
  OperatorContext context;
  context.operator_name = declared.operator_name;
  context.declared_at = declared.declared_at;
  return context;
}

std::shared_ptr<const KeyExtractorFactory> make_python_key_extractor(py::object open, ItemRead item,
                                                                     PythonKeyType type,
                                                                     DeclaredBy declared) {
  return std::make_shared<PythonKeyExtractorFactory>(std::move(open), item, std::move(type),
                                                     std::move(declared));
}

std::shared_ptr<const PartitionerFactory> make_python_partitioner(py::object open, DeclaredBy declared) {
  return std::make_shared<PythonPartitionerFactory>(std::move(open), std::move(declared));
}

}  // namespace pf::python
