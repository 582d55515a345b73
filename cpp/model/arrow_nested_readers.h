#pragma once

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/arrow_import.h"
#include "model/nested_column.h"

namespace pf {

inline std::vector<ReaderPtr> readers_of_children(const ArrowSchema& schema) {
  std::vector<ReaderPtr> readers;
  for (int64_t i = 0; i < schema.n_children; ++i) readers.push_back(ArrowReader::of(*schema.children[i]));
  return readers;
}

inline TypeInfoPtr struct_type(TypeKind kind, const ArrowSchema& schema,
                               const std::vector<ReaderPtr>& fields) {
  std::vector<std::string> names;
  std::vector<TypeInfoPtr> types;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (kind == TypeKind::kRow) names.emplace_back(schema.children[i]->name ? schema.children[i]->name : "");
    types.push_back(fields[i]->type());
  }
  return std::make_shared<TypeInfo>(kind, std::move(names), std::move(types));
}

class StructReader final : public ArrowReader {
 public:
  StructReader(TypeKind kind, const ArrowSchema& schema, std::vector<ReaderPtr> fields)
      : ArrowReader(struct_type(kind, schema, fields)), fields_(std::move(fields)) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i < fields_.size(); ++i) {
      columns.push_back(
          read_child(*fields_[i], *slice.array.children[i], slice.begin, slice.rows, slice.owner));
    }
    return std::make_shared<StructColumn>(std::move(columns), static_cast<size_t>(slice.rows),
                                          validity_of(slice), type());
  }

  std::vector<ReaderPtr> fields_;
};

/// Lists and maps: `Offset` is the width of the offsets, void for lists that all have the same size.
template <typename Offset>
class ListReader final : public ArrowReader {
 public:
  ListReader(TypeInfoPtr type, ReaderPtr items, int64_t fixed_size = 0)
      : ArrowReader(std::move(type)), items_(std::move(items)), fixed_size_(fixed_size) {}

 private:
  ColumnPtr read(const Slice& slice) const override {
    std::vector<int32_t> offsets(static_cast<size_t>(slice.rows) + 1);
    const int64_t first = offset_at(slice, 0);
    for (size_t i = 1; i < offsets.size(); ++i) {
      const int64_t end = offset_at(slice, static_cast<int64_t>(i)) - first;
      if (end > std::numeric_limits<int32_t>::max())
        throw Error("a batch of lists holds more than 2^31 items");
      offsets[i] = static_cast<int32_t>(end);
    }
    ColumnPtr items = read_child(*items_, *slice.array.children[0], first, offsets.back(), slice.owner);
    return std::make_shared<ListColumn>(std::move(offsets), std::move(items), validity_of(slice), type());
  }

  int64_t offset_at(const Slice& slice, int64_t row) const {
    if constexpr (std::is_void_v<Offset>) {
      return (slice.begin + row) * fixed_size_;
    } else {
      const auto* offsets = buffer_of<Offset>(slice.array, 1);
      return offsets && slice.rows > 0 ? static_cast<int64_t>(offsets[slice.begin + row]) : 0;
    }
  }

  ReaderPtr items_;
  int64_t fixed_size_;
};

}  // namespace pf
