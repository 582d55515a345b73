#include "bindings/opaque_objects.h"

#include <utility>
#include <vector>

#include "bindings/object_column.h"
#include "bindings/python_value.h"

namespace pf::python {
namespace {

class OpaqueObjects final : public OpaqueColumns {
 public:
  void write(const Column& column, ByteWriter& out) const override {
    const auto& objects = dynamic_cast<const ObjectColumn&>(column).objects();
    out.put_varint(objects.size());
    for (PyObject* object : objects) write_value(object, out);
  }
  ColumnPtr read(ByteReader& in) const override {
    const size_t rows = in.get_varint();
    std::vector<PyObject*> objects;
    try {
      while (objects.size() < rows) objects.push_back(read_value(in));
    } catch (...) {
      for (PyObject* object : objects) Py_DECREF(object);
      throw;
    }
    return std::make_shared<ObjectColumn>(std::move(objects));
  }
};

}  // namespace

std::shared_ptr<const OpaqueColumns> make_opaque_objects() { return std::make_shared<OpaqueObjects>(); }

}  // namespace pf::python
