#include "bindings/python_serializer.h"

#include <algorithm>

#include "bindings/coercer.h"
#include "bindings/object_column.h"
#include "bindings/python_value.h"
#include "bindings/user_failure.h"
#include "serde/type_schema.h"
#include "state/column_key_codec.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// What Python's garbage collector keeps before an object.
constexpr size_t kCollectorsBytes = 16;
/// Items of a tuple that are fetched ahead.
constexpr Py_ssize_t kMostItemsAhead = 8;

class PythonSerializer final : public Serializer {
 public:
  explicit PythonSerializer(std::string schema) : schema_(std::move(schema)) {}
  void write(Datum value, ByteWriter& out) const override { write_value(object_of(value), out); }
  void fail_to_write(const std::string& whose) const override {
    try {
      throw;
    } catch (py::error_already_set& error) {
      if (!error.matches(PyExc_Exception)) throw;  // the job ends
      std::string text = whose +
                         " could not be written: " + std::string(py::str(error.type().attr("__name__"))) +
                         ": " + std::string(py::str(error.value()));
      if (!error.matches(PyExc_RuntimeError)) {
        text +=
            "; keep what pickle can write, and have __getstate__ leave out the rest, or make that in open()";
      }
      py::raise_from(error, py::module_::import("pyflinkpp.common.errors").attr("StateError").ptr(),
                     text.c_str());
      throw py::error_already_set();
    } catch (...) {
      Serializer::fail_to_write(whose);
    }
  }
  Datum read(ByteReader& in) const override { return datum_of(read_value(in)); }
  Datum copy(Datum value) const override { return datum_of(Py_NewRef(object_of(value))); }
  void destroy(Datum owned) const noexcept override { Py_DECREF(object_of(owned)); }
  void prefetch(Datum value) const override {
    const auto* object = reinterpret_cast<const char*>(object_of(value));
    __builtin_prefetch(object - kCollectorsBytes);
    __builtin_prefetch(object + sizeof(PyTupleObject));
  }
  void prefetch_contents(Datum value) const override {
    PyObject* object = object_of(value);
    if (!PyTuple_CheckExact(object)) return;
    const Py_ssize_t count = std::min(PyTuple_GET_SIZE(object), kMostItemsAhead);
    for (Py_ssize_t i = 0; i < count; ++i) __builtin_prefetch(PyTuple_GET_ITEM(object, i));
  }
  std::string schema() const override { return schema_; }

 private:
  const std::string schema_;
};

class PythonKeyCodec : public KeyCodec {
 public:
  void encode(const Column& keys, size_t row, std::string& out) const override {
    const auto* objects = dynamic_cast<const ObjectColumn*>(&keys);
    if (!objects) {
      columns_->encode(keys, row, out);
      return;
    }
    ByteWriter writer(out);
    write_key(objects->objects()[row], writer);
  }
  int32_t hash_code(std::string_view key) const override {
    ByteReader in(key);
    auto object = py::reinterpret_steal<py::object>(read_value(in));
    return hash_code_of(object.ptr());
  }
  std::string shown(std::string_view key) const override {
    ByteReader in(key);
    return "key " + short_repr(py::reinterpret_steal<py::object>(read_value(in)).ptr());
  }

 private:
  std::shared_ptr<const KeyCodec> columns_ = make_column_key_codec();
};

class BroadcastKeyCodec final : public PythonKeyCodec {
 public:
  std::string shown(std::string_view) const override { return "all subtasks"; }
};

}  // namespace

SerializerPtr make_python_serializer(std::string schema) {
  return std::make_shared<PythonSerializer>(std::move(schema));
}

SerializerPtr make_python_serializer(py::handle descriptor) {
  return make_python_serializer(type_schema(*type_info_from(descriptor)));
}

std::shared_ptr<const KeyCodec> make_python_key_codec() { return std::make_shared<PythonKeyCodec>(); }

std::shared_ptr<const KeyCodec> make_broadcast_key_codec() { return std::make_shared<BroadcastKeyCodec>(); }

}  // namespace pf::python
