#include "model/nested_column.h"

namespace pf {

TypeInfoPtr StructColumn::type() const {
  if (given_type()) return given_type();
  std::vector<TypeInfoPtr> fields;
  for (const auto& field : fields_) fields.push_back(field->type());
  return std::make_shared<TypeInfo>(TypeKind::kTuple, std::vector<std::string>(), std::move(fields));
}

ColumnPtr StructColumn::select(std::span<const uint32_t> rows) const {
  std::vector<ColumnPtr> fields;
  fields.reserve(fields_.size());
  for (const auto& field : fields_) fields.push_back(field->select(rows));
  std::shared_ptr<const FixedColumn<int8_t>> kinds;
  if (kinds_) kinds = std::static_pointer_cast<const FixedColumn<int8_t>>(kinds_->select(rows));
  return std::make_shared<StructColumn>(std::move(fields), rows.size(), validity_.select(rows), given_type(),
                                        std::move(kinds));
}

void StructColumn::hash_codes(std::span<int32_t> out) const {
  std::vector<int32_t> field_codes(size_);
  std::vector<uint32_t> codes(size_);
  for (const auto& field : fields_) {
    field->hash_codes(field_codes);
    for (size_t i = 0; i < size_; ++i) codes[i] = codes[i] * 31 + static_cast<uint32_t>(field_codes[i]);
  }
  for (size_t i = 0; i < size_; ++i) out[i] = validity_[i] ? static_cast<int32_t>(codes[i]) : 0;
}

size_t StructColumn::bytes() const {
  size_t sum = 0;
  for (const auto& field : fields_) sum += field->bytes();
  return sum;
}

TypeInfoPtr ListColumn::type() const {
  if (given_type()) return given_type();
  return std::make_shared<TypeInfo>(TypeKind::kList, std::vector<std::string>(),
                                    std::vector<TypeInfoPtr>{items_->type()});
}

ColumnPtr ListColumn::select(std::span<const uint32_t> rows) const {
  std::vector<int32_t> offsets(rows.size() + 1);
  std::vector<uint32_t> item_rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int32_t item = offsets_[rows[i]]; item < offsets_[rows[i] + 1]; ++item) {
      item_rows.push_back(static_cast<uint32_t>(item));
    }
    offsets[i + 1] = static_cast<int32_t>(item_rows.size());
  }
  return std::make_shared<ListColumn>(std::move(offsets), items_->select(item_rows), validity_.select(rows),
                                      given_type());
}

void ListColumn::hash_codes(std::span<int32_t> out) const {
  std::vector<int32_t> item_codes(items_->size());
  items_->hash_codes(item_codes);
  const bool map = given_type() && given_type()->kind() == TypeKind::kMap;
  for (size_t row = 0; row < size(); ++row) {
    uint32_t code = map ? 0 : 1;
    for (int32_t item = offsets_[row]; item < offsets_[row + 1]; ++item) {
      auto item_code = static_cast<uint32_t>(item_codes[static_cast<size_t>(item)]);
      code = map ? code + item_code : code * 31 + item_code;
    }
    out[row] = validity_[row] ? static_cast<int32_t>(code) : 0;
  }
}

}  // namespace pf
