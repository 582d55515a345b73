#include "bindings/arrow_capsules.h"

#include <cerrno>
#include <string>

#include "base/error.h"
#include "bindings/gil_holder.h"
#include "bindings/native_column.h"
#include "dataflow/source/arrow_source.h"
#include "model/arrow_export.h"
#include "model/arrow_import.h"
#include "model/nested_column.h"

namespace py = pybind11;

namespace pf::python {
namespace {

template <typename CStruct>
constexpr const char* kCapsule = nullptr;
template <>
constexpr const char* kCapsule<ArrowSchema> = "arrow_schema";
template <>
constexpr const char* kCapsule<ArrowArray> = "arrow_array";
template <>
constexpr const char* kCapsule<ArrowArrayStream> = "arrow_array_stream";

/// A capsule that releases what it holds, unless that was moved out by then.
template <typename CStruct>
py::capsule capsule_of(ArrowOwned<CStruct> owned) {
  auto* held = new CStruct;
  owned.move_to(held);
  return py::capsule(held, kCapsule<CStruct>, [](PyObject* capsule) {
    auto* left = static_cast<CStruct*>(PyCapsule_GetPointer(capsule, kCapsule<CStruct>));
    if (left->release) left->release(left);
    delete left;
  });
}

/// What an exported stream is made of; any thread may call, with or without the GIL.
struct ColumnStream {
  TypeInfoPtr type;
  GilHolder next;
  std::string error;

  template <typename Call>
  int guarded(Call call) {
    py::gil_scoped_acquire gil;
    try {
      call();
      return 0;
    } catch (const py::error_already_set& raised) {
      error = py::str(raised.value());
      return EIO;
    } catch (const std::exception& failure) {
      error = failure.what();
      return EIO;
    }
  }
};

ColumnStream& self_of(ArrowArrayStream* stream) { return *static_cast<ColumnStream*>(stream->private_data); }

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return self_of(stream).guarded([&] { export_schema(*self_of(stream).type, "", out); });
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) {
  return self_of(stream).guarded([&] {
    py::object column = self_of(stream).next.get()();
    *out = ArrowArray{};
    if (column.is_none()) return;
    const ColumnPtr& rows = py::cast<const NativeColumn&>(column).column;
    const auto* records = dynamic_cast<const StructColumn*>(rows.get());
    if (records && !records->validity().all_valid())
      throw Error("a record is None, and Arrow's tables have a row for each");
    export_column(rows, out);
  });
}

const char* stream_error(ArrowArrayStream* stream) { return self_of(stream).error.c_str(); }

void release_stream(ArrowArrayStream* stream) {
  delete &self_of(stream);
  stream->release = nullptr;
}

}  // namespace

py::capsule schema_capsule(const TypeInfo& type) {
  ArrowOwned<ArrowSchema> schema;
  export_schema(type, "", schema.get());
  return capsule_of(std::move(schema));
}

py::tuple array_capsules(const ColumnPtr& column) {
  ArrowOwned<ArrowArray> array;
  export_column(column, array.get());
  return py::make_tuple(schema_capsule(*column->type()), capsule_of(std::move(array)));
}

py::capsule stream_capsule(TypeInfoPtr type, py::object next) {
  ArrowOwned<ArrowArrayStream> stream;
  ArrowArrayStream* out = stream.get();
  out->get_schema = stream_schema;
  out->get_next = stream_next;
  out->get_last_error = stream_error;
  out->private_data = new ColumnStream{std::move(type), GilHolder(std::move(next)), {}};
  out->release = release_stream;
  return capsule_of(std::move(stream));
}

template <typename CStruct>
ArrowOwned<CStruct> take_capsule(py::handle capsule) {
  auto* held = static_cast<CStruct*>(PyCapsule_GetPointer(capsule.ptr(), kCapsule<CStruct>));
  if (!held) {
    PyErr_Clear();
    throw py::type_error("expected a capsule named " + std::string(kCapsule<CStruct>) + ", got " +
                         std::string(py::repr(capsule)));
  }
  if (!held->release) throw py::type_error("the Arrow data has been taken out of its capsule already");
  return ArrowOwned<CStruct>(held);
}

template ArrowOwned<ArrowSchema> take_capsule<ArrowSchema>(py::handle capsule);
template ArrowOwned<ArrowArray> take_capsule<ArrowArray>(py::handle capsule);
template ArrowOwned<ArrowArrayStream> take_capsule<ArrowArrayStream>(py::handle capsule);

ColumnPtr column_of_arrow(py::handle object) {
  py::tuple capsules = object.attr("__arrow_c_array__")();
  auto schema = take_capsule<ArrowSchema>(capsules[0]);
  auto array = std::make_shared<ArrowOwned<ArrowArray>>(take_capsule<ArrowArray>(capsules[1]));
  const int64_t rows = (**array).length;
  return ArrowReader::of(*schema)->read(std::move(array), 0, rows);
}

std::shared_ptr<NativeStream> NativeStream::of(py::handle object) {
  auto taken = std::make_shared<NativeStream>();
  taken->stream = take_capsule<ArrowArrayStream>(object.attr("__arrow_c_stream__")());
  taken->type = ArrowReader::of(*schema_of(*taken->stream.get()))->type();
  return taken;
}

}  // namespace pf::python
