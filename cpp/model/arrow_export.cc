#include "model/arrow_export.h"

#include <array>
#include <limits>
#include <string>

#include "base/error.h"
#include "model/arrow_decimal.h"
#include "model/nested_column.h"

namespace pf {
namespace {

/// What an exported schema points to; dies with its release.
struct SchemaParts {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;

  ~SchemaParts() {
    for (ArrowSchema& child : children) {
      if (child.release) child.release(&child);
    }
  }
};

void release_schema(ArrowSchema* schema) {
  delete static_cast<SchemaParts*>(schema->private_data);
  schema->release = nullptr;
}

void export_parts(std::unique_ptr<SchemaParts> parts, bool nullable, ArrowSchema* out) {
  for (ArrowSchema& child : parts->children) parts->child_pointers.push_back(&child);
  *out = ArrowSchema{};
  out->format = parts->format.c_str();
  out->name = parts->name.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  out->n_children = static_cast<int64_t>(parts->children.size());
  out->children = parts->child_pointers.data();
  out->release = release_schema;
  out->private_data = parts.release();
}

std::string format_of(const TypeInfo& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return "b";
    case TypeKind::kByte:
      return "c";
    case TypeKind::kShort:
      return "s";
    case TypeKind::kInt:
      return "i";
    case TypeKind::kLong:
      return "l";
    case TypeKind::kFloat:
      return "f";
    case TypeKind::kDouble:
      return "g";
    case TypeKind::kChar:
    case TypeKind::kString:
      return "u";
    case TypeKind::kBytes:
      return "z";
    case TypeKind::kBigDec:
      return std::string("d:")
          .append(std::to_string(kDecimalPrecision))
          .append(",")
          .append(std::to_string(kDecimalScale));
    case TypeKind::kInstant:
      return "tsn:UTC";
    case TypeKind::kDate:
      return "tdD";
    case TypeKind::kTime:
      return "ttu";
    case TypeKind::kTimestamp:
      return "tsu:";
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return "+l";
    case TypeKind::kMap:
      return "+m";
    case TypeKind::kTuple:
    case TypeKind::kRow:
      return "+s";
    case TypeKind::kPickled:
    case TypeKind::kBigInt:
      break;
  }
  throw Error("values of type " + type.to_string() + " cannot be carried by Arrow");
}

void export_fields(const TypeInfo& type, SchemaParts& parts) {
  parts.children.resize(type.children().size());
  for (size_t i = 0; i < parts.children.size(); ++i) {
    const std::string name =
        i < type.names().size() ? type.names()[i] : std::string("f").append(std::to_string(i));
    export_schema(*type.children()[i], name, &parts.children[i]);
  }
}

/// A map is a list of structs of key and value, none of which is missing but the value.
void export_entries(const TypeInfo& map, SchemaParts& parts) {
  auto entries = std::make_unique<SchemaParts>();
  entries->format = "+s";
  entries->name = "entries";
  entries->children.resize(2);
  export_schema(*map.children().at(0), "key", &entries->children[0]);
  entries->children[0].flags = 0;
  export_schema(*map.children().at(1), "value", &entries->children[1]);
  parts.children.resize(1);
  export_parts(std::move(entries), false, &parts.children[0]);
}

/// What an exported array points to; dies with its release.
struct ArrayParts {
  ColumnPtr column;
  std::array<const void*, 3> buffers{};
  /// Buffers whose layout is not the column's.
  std::vector<uint8_t> bits;
  std::vector<int64_t> words;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;

  ~ArrayParts() {
    for (ArrowArray& child : children) {
      if (child.release) child.release(&child);
    }
  }
};

void release_array(ArrowArray* array) {
  delete static_cast<ArrayParts*>(array->private_data);
  array->release = nullptr;
}

void export_parts(std::unique_ptr<ArrayParts> parts, int64_t buffers, ArrowArray* out) {
  for (ArrowArray& child : parts->children) parts->child_pointers.push_back(&child);
  *out = ArrowArray{};
  out->length = static_cast<int64_t>(parts->column->size());
  out->null_count = parts->buffers[0] ? -1 : 0;
  out->n_buffers = buffers;
  out->n_children = static_cast<int64_t>(parts->children.size());
  out->buffers = parts->buffers.data();
  out->children = parts->child_pointers.data();
  out->release = release_array;
  out->private_data = parts.release();
}

const void* bits_of(const Validity& validity) {
  return validity.all_valid() ? nullptr : validity.bits().data();
}

/// Buffers may only be null when they are empty, and then some receivers want them not to be.
template <typename T>
const void* memory_of(const T* data) {
  static const int64_t nothing = 0;
  return data ? static_cast<const void*>(data) : &nothing;
}

template <typename T>
bool export_fixed(const Column& column, ArrayParts& parts) {
  const auto* fixed = dynamic_cast<const FixedColumn<T>*>(&column);
  if (!fixed) return false;
  parts.buffers = {bits_of(fixed->validity()), memory_of(fixed->values().data()), nullptr};
  return true;
}

void export_booleans(const FixedColumn<int8_t>& column, ArrayParts& parts) {
  parts.bits.resize(column.size() / 8 + 1);
  for (size_t i = 0; i < column.size(); ++i) {
    if (column.values()[i] != 0) parts.bits[i >> 3] |= static_cast<uint8_t>(1U << (i & 7));
  }
  parts.buffers = {bits_of(column.validity()), parts.bits.data(), nullptr};
}

void export_instants(const StructColumn& column, ArrayParts& parts) {
  constexpr int64_t kNanos = 1'000'000'000;
  const auto& seconds = dynamic_cast<const FixedColumn<int64_t>&>(*column.fields().at(0)).values();
  const auto& nanos = dynamic_cast<const FixedColumn<int64_t>&>(*column.fields().at(1)).values();
  parts.words.resize(column.size() + 1);
  for (size_t i = 0; i < column.size(); ++i) {
    if (!column.validity()[i]) continue;
    if (__builtin_mul_overflow(seconds[i], kNanos, &parts.words[i]) ||
        __builtin_add_overflow(parts.words[i], nanos[i], &parts.words[i])) {
      throw Error("the instant " + std::to_string(seconds[i]) +
                  " seconds after 1970 does not fit Arrow's 64 bits of nanoseconds");
    }
  }
  parts.buffers = {bits_of(column.validity()), parts.words.data(), nullptr};
}

void export_decimals(const StringColumn& column, ArrayParts& parts) {
  parts.words.resize(2 * column.size() + 2);
  for (size_t i = 0; i < column.size(); ++i) {
    if (!column.validity()[i]) continue;
    const __int128 value = parse_decimal(column.value(i));
    parts.words[2 * i] = static_cast<int64_t>(value);
    parts.words[2 * i + 1] = static_cast<int64_t>(value >> 64);
  }
  parts.buffers = {bits_of(column.validity()), parts.words.data(), nullptr};
}

void export_children(const std::vector<ColumnPtr>& columns, ArrayParts& parts) {
  parts.children.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) export_column(columns[i], &parts.children[i]);
}

}  // namespace

void export_schema(const TypeInfo& type, const std::string& name, ArrowSchema* out) {
  auto parts = std::make_unique<SchemaParts>();
  parts->format = format_of(type);
  parts->name = name;
  switch (type.kind()) {
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      parts->children.resize(1);
      export_schema(*type.children().at(0), "item", &parts->children[0]);
      break;
    case TypeKind::kMap:
      export_entries(type, *parts);
      break;
    case TypeKind::kTuple:
    case TypeKind::kRow:
      export_fields(type, *parts);
      break;
    default:
      break;
  }
  export_parts(std::move(parts), true, out);
}

void export_column(const ColumnPtr& column, ArrowArray* out) {
  if (column->opaque()) throw Error("values without a declared type cannot be carried by Arrow");
  const TypeInfoPtr type = column->type();
  auto parts = std::make_unique<ArrayParts>();
  parts->column = column;
  if (type->kind() == TypeKind::kBoolean) {
    export_booleans(dynamic_cast<const FixedColumn<int8_t>&>(*column), *parts);
  } else if (type->kind() == TypeKind::kInstant) {
    export_instants(dynamic_cast<const StructColumn&>(*column), *parts);
  } else if (type->kind() == TypeKind::kBigDec) {
    export_decimals(dynamic_cast<const StringColumn&>(*column), *parts);
  } else if (const auto* text = dynamic_cast<const StringColumn*>(column.get())) {
    format_of(*type);
    parts->buffers = {bits_of(text->validity()), memory_of(text->offsets().data()),
                      memory_of(text->data().data())};
    export_parts(std::move(parts), 3, out);
    return;
  } else if (const auto* rows = dynamic_cast<const StructColumn*>(column.get())) {
    if (rows->kinds()) throw Error("rows of a kind other than INSERT cannot be carried by Arrow");
    export_children(rows->fields(), *parts);
    parts->buffers[0] = bits_of(rows->validity());
    export_parts(std::move(parts), 1, out);
    return;
  } else if (const auto* lists = dynamic_cast<const ListColumn*>(column.get())) {
    export_children({lists->items()}, *parts);
    parts->buffers = {bits_of(lists->validity()), memory_of(lists->offsets().data()), nullptr};
  } else {
    const bool known = export_fixed<int64_t>(*column, *parts) || export_fixed<double>(*column, *parts) ||
                       export_fixed<int32_t>(*column, *parts) || export_fixed<int16_t>(*column, *parts) ||
                       export_fixed<int8_t>(*column, *parts) || export_fixed<float>(*column, *parts);
    PF_CHECK(known);
  }
  export_parts(std::move(parts), 2, out);
}

}  // namespace pf
