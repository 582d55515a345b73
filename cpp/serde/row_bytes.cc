#include "serde/row_bytes.h"

#include <bit>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "model/nested_column.h"

namespace pf {
namespace {

template <typename T>
void put_number(T value, ByteWriter& out) {
  if constexpr (std::is_same_v<T, float>) {
    out.put_fixed32(std::bit_cast<uint32_t>(value));
  } else if constexpr (std::is_same_v<T, double>) {
    out.put_double(value);
  } else if constexpr (sizeof(T) == 1) {
    out.put_byte(static_cast<uint8_t>(value));
  } else if constexpr (sizeof(T) == 8) {
    out.put_fixed64(static_cast<uint64_t>(value));
  } else {
    out.put_fixed32(static_cast<uint32_t>(value));
  }
}

template <typename T>
T get_number(ByteReader& in) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(in.get_fixed32());
  } else if constexpr (std::is_same_v<T, double>) {
    return in.get_double();
  } else if constexpr (sizeof(T) == 1) {
    return static_cast<T>(in.get_byte());
  } else if constexpr (sizeof(T) == 8) {
    return static_cast<T>(in.get_fixed64());
  } else {
    return static_cast<T>(in.get_fixed32());
  }
}

void write_validity(const Validity& validity, std::span<const uint32_t> rows,
                    std::span<ByteWriter* const> writers) {
  for (size_t i = 0; i < rows.size(); ++i) writers[i]->put_byte(validity[rows[i]] ? 1 : 0);
}

Validity read_validity(std::span<ByteReader* const> readers) {
  std::vector<bool> valid(readers.size());
  for (size_t i = 0; i < readers.size(); ++i) valid[i] = readers[i]->get_byte() != 0;
  return Validity::from_flags(valid);
}

template <typename T>
bool write_fixed(const Column& column, std::span<const uint32_t> rows, std::span<ByteWriter* const> writers) {
  const auto* numbers = dynamic_cast<const FixedColumn<T>*>(&column);
  if (!numbers) return false;
  write_validity(numbers->validity(), rows, writers);
  for (size_t i = 0; i < rows.size(); ++i) put_number(numbers->values()[rows[i]], *writers[i]);
  return true;
}

template <typename T>
ColumnPtr read_fixed(const TypeInfoPtr& type, std::span<ByteReader* const> readers) {
  Validity validity = read_validity(readers);
  std::vector<T> values(readers.size());
  for (size_t i = 0; i < readers.size(); ++i) values[i] = get_number<T>(*readers[i]);
  return std::make_shared<FixedColumn<T>>(std::move(values), std::move(validity), type);
}

ColumnPtr read_text(const TypeInfoPtr& type, std::span<ByteReader* const> readers) {
  Validity validity = read_validity(readers);
  std::vector<int32_t> offsets(readers.size() + 1);
  std::string data;
  for (size_t i = 0; i < readers.size(); ++i) {
    data.append(readers[i]->get_bytes());
    offsets[i + 1] = static_cast<int32_t>(data.size());
  }
  return std::make_shared<StringColumn>(std::move(offsets), std::move(data), std::move(validity), type);
}

ColumnPtr read_struct(const TypeInfoPtr& type, const std::vector<TypeInfoPtr>& fields,
                      std::span<ByteReader* const> readers) {
  Validity validity = read_validity(readers);
  std::vector<int8_t> kinds(readers.size());
  bool changelog = false;
  for (size_t i = 0; i < readers.size(); ++i) {
    kinds[i] = static_cast<int8_t>(readers[i]->get_byte());
    changelog |= kinds[i] != 0;
  }
  std::vector<ColumnPtr> columns;
  for (const TypeInfoPtr& field : fields) columns.push_back(read_rows(field, readers));
  auto kind_column = changelog ? std::make_shared<FixedColumn<int8_t>>(std::move(kinds)) : nullptr;
  return std::make_shared<StructColumn>(std::move(columns), readers.size(), std::move(validity), type,
                                        std::move(kind_column));
}

ColumnPtr read_list(const TypeInfoPtr& type, const TypeInfoPtr& item, std::span<ByteReader* const> readers) {
  Validity validity = read_validity(readers);
  std::vector<int32_t> offsets(readers.size() + 1);
  std::vector<ByteReader*> of_items;
  for (size_t i = 0; i < readers.size(); ++i) {
    of_items.insert(of_items.end(), readers[i]->get_varint(), readers[i]);
    offsets[i + 1] = static_cast<int32_t>(of_items.size());
  }
  return std::make_shared<ListColumn>(std::move(offsets), read_rows(item, of_items), std::move(validity),
                                      type);
}

}  // namespace

void write_rows(const Column& column, std::span<const uint32_t> rows, ByteWriter& out) {
  if (rows.size() == 1) {
    ByteWriter* only = &out;
    write_rows(column, rows, {&only, 1});
  } else {
    write_rows(column, rows, std::vector<ByteWriter*>(rows.size(), &out));
  }
}

void write_rows(const Column& column, std::span<const uint32_t> rows, std::span<ByteWriter* const> writers) {
  if (const auto* text = dynamic_cast<const StringColumn*>(&column)) {
    write_validity(text->validity(), rows, writers);
    for (size_t i = 0; i < rows.size(); ++i) writers[i]->put_bytes(text->value(rows[i]));
  } else if (const auto* records = dynamic_cast<const StructColumn*>(&column)) {
    write_validity(records->validity(), rows, writers);
    for (size_t i = 0; i < rows.size(); ++i) {
      const int8_t kind = records->kinds() ? records->kinds()->values()[rows[i]] : int8_t{0};
      writers[i]->put_byte(static_cast<uint8_t>(kind));
    }
    for (const ColumnPtr& field : records->fields()) write_rows(*field, rows, writers);
  } else if (const auto* lists = dynamic_cast<const ListColumn*>(&column)) {
    write_validity(lists->validity(), rows, writers);
    std::vector<uint32_t> items;
    std::vector<ByteWriter*> of_items;
    for (size_t i = 0; i < rows.size(); ++i) {
      auto begin = static_cast<uint32_t>(lists->offsets()[rows[i]]);
      auto end = static_cast<uint32_t>(lists->offsets()[rows[i] + 1]);
      writers[i]->put_varint(end - begin);
      for (uint32_t item = begin; item < end; ++item) items.push_back(item);
      of_items.insert(of_items.end(), end - begin, writers[i]);
    }
    write_rows(*lists->items(), items, of_items);
  } else {
    bool written = write_fixed<int64_t>(column, rows, writers) ||
                   write_fixed<int32_t>(column, rows, writers) ||
                   write_fixed<double>(column, rows, writers) || write_fixed<int8_t>(column, rows, writers) ||
                   write_fixed<int16_t>(column, rows, writers) || write_fixed<float>(column, rows, writers);
    PF_CHECK(written);
  }
}

ColumnPtr read_rows(const TypeInfoPtr& type, std::span<ByteReader* const> readers) {
  switch (type->kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte:
      return read_fixed<int8_t>(type, readers);
    case TypeKind::kShort:
      return read_fixed<int16_t>(type, readers);
    case TypeKind::kInt:
    case TypeKind::kDate:
      return read_fixed<int32_t>(type, readers);
    case TypeKind::kLong:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
      return read_fixed<int64_t>(type, readers);
    case TypeKind::kFloat:
      return read_fixed<float>(type, readers);
    case TypeKind::kDouble:
      return read_fixed<double>(type, readers);
    case TypeKind::kChar:
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kBigInt:
    case TypeKind::kBigDec:
      return read_text(type, readers);
    case TypeKind::kInstant:
      return read_struct(type, std::vector<TypeInfoPtr>(2, TypeInfo::of(TypeKind::kLong)), readers);
    case TypeKind::kTuple:
    case TypeKind::kRow:
      return read_struct(type, type->children(), readers);
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return read_list(type, type->children().at(0), readers);
    case TypeKind::kMap: {
      std::vector<std::string> no_names;
      auto entry = std::make_shared<TypeInfo>(TypeKind::kTuple, std::move(no_names), type->children());
      return read_list(type, entry, readers);
    }
    case TypeKind::kPickled:
      break;
  }
  throw Error("values of type " + type->to_string() + " have no layout");
}

}  // namespace pf
