#include "bindings/python_serializer.h"

#include "bindings/coercer.h"
#include "bindings/object_column.h"
#include "bindings/python_value.h"
#include "serde/type_schema.h"
#include "state/column_key_codec.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class PythonSerializer final : public Serializer {
 public:
  explicit PythonSerializer(std::string schema) : schema_(std::move(schema)) {}
  void write(Datum value, ByteWriter& out) const override { write_value(object_of(value), out); }
  Datum read(ByteReader& in) const override { return datum_of(read_value(in)); }
  Datum copy(Datum value) const override { return datum_of(Py_NewRef(object_of(value))); }
  void destroy(Datum owned) const noexcept override { Py_DECREF(object_of(owned)); }
  std::string schema() const override { return schema_; }

 private:
  const std::string schema_;
};

class PythonKeyCodec final : public KeyCodec {
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

 private:
  std::shared_ptr<const KeyCodec> columns_ = make_column_key_codec();
};

}  // namespace

SerializerPtr make_python_serializer(std::string schema) {
  return std::make_shared<PythonSerializer>(std::move(schema));
}

SerializerPtr make_python_serializer(py::handle descriptor) {
  return make_python_serializer(type_schema(*type_info_from(descriptor)));
}

std::shared_ptr<const KeyCodec> make_python_key_codec() { return std::make_shared<PythonKeyCodec>(); }

}  // namespace pf::python
