#include "model/growing_column.h"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/nested_column.h"

namespace pf {
namespace {

/// Which values are missing; costs nothing while none is.
class Missing {
 public:
  void push(bool missing, size_t index) {
    if (missing) flags_.resize(index + 1);
    if (missing) flags_[index] = true;
  }
  bool operator[](size_t index) const { return index < flags_.size() && flags_[index]; }
  Validity gather(std::span<const uint32_t> indexes) const {
    if (flags_.empty()) return {};
    std::vector<bool> valid(indexes.size());
    for (size_t i = 0; i < indexes.size(); ++i) valid[i] = !(*this)[indexes[i]];
    return Validity::from_flags(valid);
  }

 private:
  std::vector<bool> flags_;
};

template <typename T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (a != a && b != b);
}

template <typename T>
class GrowingFixed final : public GrowingColumn {
 public:
  explicit GrowingFixed(TypeInfoPtr type) : type_(std::move(type)) {}

  size_t size() const override { return values_.size(); }
  void push(const Column& from, size_t row) override {
    const auto& column = static_cast<const FixedColumn<T>&>(from);
    missing_.push(!column.validity()[row], values_.size());
    values_.push_back(column.values()[row]);
  }
  bool equals(size_t index, const Column& other, size_t row) const override {
    const auto& column = static_cast<const FixedColumn<T>&>(other);
    if (missing_[index] || !column.validity()[row]) return missing_[index] == !column.validity()[row];
    return same(values_[index], column.values()[row]);
  }
  void prefetch(size_t index) const override { __builtin_prefetch(&values_[index]); }
  ColumnPtr gather(std::span<const uint32_t> indexes) const override {
    std::vector<T> values(indexes.size());
    for (size_t i = 0; i < indexes.size(); ++i) values[i] = values_[indexes[i]];
    return std::make_shared<FixedColumn<T>>(std::move(values), missing_.gather(indexes), type_);
  }
  std::unique_ptr<GrowingColumn> copy() const override { return std::make_unique<GrowingFixed>(*this); }

 private:
  TypeInfoPtr type_;
  std::vector<T> values_;
  Missing missing_;
};

class GrowingText final : public GrowingColumn {
 public:
  explicit GrowingText(TypeInfoPtr type) : type_(std::move(type)) {}

  size_t size() const override { return ends_.size(); }
  void push(const Column& from, size_t row) override {
    const auto& column = static_cast<const StringColumn&>(from);
    missing_.push(!column.validity()[row], ends_.size());
    data_.append(column.value(row));
    ends_.push_back(data_.size());
  }
  bool equals(size_t index, const Column& other, size_t row) const override {
    const auto& column = static_cast<const StringColumn&>(other);
    return missing_[index] == !column.validity()[row] && value(index) == column.value(row);
  }
  void prefetch(size_t index) const override { __builtin_prefetch(&ends_[index]); }
  ColumnPtr gather(std::span<const uint32_t> indexes) const override {
    std::vector<int32_t> offsets(indexes.size() + 1);
    std::string data;
    for (size_t i = 0; i < indexes.size(); ++i) {
      data.append(value(indexes[i]));
      offsets[i + 1] = static_cast<int32_t>(data.size());
    }
    return std::make_shared<StringColumn>(std::move(offsets), std::move(data), missing_.gather(indexes),
                                          type_);
  }
  std::unique_ptr<GrowingColumn> copy() const override { return std::make_unique<GrowingText>(*this); }

 private:
  std::string_view value(size_t index) const {
    size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(data_).substr(begin, ends_[index] - begin);
  }

  TypeInfoPtr type_;
  std::vector<size_t> ends_;
  std::string data_;
  Missing missing_;
};

class GrowingStruct final : public GrowingColumn {
 public:
  GrowingStruct(TypeInfoPtr type, const std::vector<TypeInfoPtr>& fields) : type_(std::move(type)) {
    for (const auto& field : fields) fields_.push_back(GrowingColumn::of(field));
  }

  size_t size() const override { return size_; }
  void push(const Column& from, size_t row) override {
    const auto& column = static_cast<const StructColumn&>(from);
    missing_.push(!column.validity()[row], size_);
    for (size_t i = 0; i < fields_.size(); ++i) fields_[i]->push(*column.fields()[i], row);
    if (column.kinds()) {
      kinds_.resize(size_ + 1);
      kinds_[size_] = column.kinds()->values()[row];
    }
    ++size_;
  }
  bool equals(size_t index, const Column& other, size_t row) const override {
    const auto& column = static_cast<const StructColumn&>(other);
    if (missing_[index] || !column.validity()[row]) return missing_[index] == !column.validity()[row];
    if (kind(index) != (column.kinds() ? column.kinds()->values()[row] : 0)) return false;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i]->equals(index, *column.fields()[i], row)) return false;
    }
    return true;
  }
  ColumnPtr gather(std::span<const uint32_t> indexes) const override {
    std::vector<ColumnPtr> fields;
    for (const auto& field : fields_) fields.push_back(field->gather(indexes));
    std::shared_ptr<const FixedColumn<int8_t>> kinds;
    if (!kinds_.empty()) {
      std::vector<int8_t> some(indexes.size());
      for (size_t i = 0; i < indexes.size(); ++i) some[i] = kind(indexes[i]);
      kinds = std::make_shared<FixedColumn<int8_t>>(std::move(some));
    }
    return std::make_shared<StructColumn>(std::move(fields), indexes.size(), missing_.gather(indexes), type_,
                                          std::move(kinds));
  }
  std::unique_ptr<GrowingColumn> copy() const override {
    auto copied = std::make_unique<GrowingStruct>(type_, std::vector<TypeInfoPtr>());
    for (const auto& field : fields_) copied->fields_.push_back(field->copy());
    copied->size_ = size_;
    copied->missing_ = missing_;
    copied->kinds_ = kinds_;
    return copied;
  }

 private:
  int8_t kind(size_t index) const { return index < kinds_.size() ? kinds_[index] : int8_t{0}; }

  TypeInfoPtr type_;
  std::vector<std::unique_ptr<GrowingColumn>> fields_;
  size_t size_ = 0;
  Missing missing_;
  std::vector<int8_t> kinds_;  // shorter than size_, or empty, where what follows are inserts
};

class GrowingList final : public GrowingColumn {
 public:
  GrowingList(TypeInfoPtr type, std::unique_ptr<GrowingColumn> items)
      : type_(std::move(type)), items_(std::move(items)) {}

  size_t size() const override { return ends_.size(); }
  void push(const Column& from, size_t row) override {
    const auto& column = static_cast<const ListColumn&>(from);
    missing_.push(!column.validity()[row], ends_.size());
    for (int32_t item = column.offsets()[row]; item < column.offsets()[row + 1]; ++item) {
      items_->push(*column.items(), static_cast<size_t>(item));
    }
    ends_.push_back(static_cast<uint32_t>(items_->size()));
  }
  bool equals(size_t index, const Column& other, size_t row) const override {
    const auto& column = static_cast<const ListColumn&>(other);
    auto begin = static_cast<uint32_t>(column.offsets()[row]);
    auto end = static_cast<uint32_t>(column.offsets()[row + 1]);
    if (missing_[index] == column.validity()[row] || ends_[index] - first(index) != end - begin) return false;
    for (uint32_t i = 0; begin + i < end; ++i) {
      if (!items_->equals(first(index) + i, *column.items(), begin + i)) return false;
    }
    return true;
  }
  ColumnPtr gather(std::span<const uint32_t> indexes) const override {
    std::vector<int32_t> offsets(indexes.size() + 1);
    std::vector<uint32_t> items;
    for (size_t i = 0; i < indexes.size(); ++i) {
      for (uint32_t item = first(indexes[i]); item < ends_[indexes[i]]; ++item) items.push_back(item);
      offsets[i + 1] = static_cast<int32_t>(items.size());
    }
    return std::make_shared<ListColumn>(std::move(offsets), items_->gather(items), missing_.gather(indexes),
                                        type_);
  }
  std::unique_ptr<GrowingColumn> copy() const override {
    auto copied = std::make_unique<GrowingList>(type_, items_->copy());
    copied->ends_ = ends_;
    copied->missing_ = missing_;
    return copied;
  }

 private:
  uint32_t first(size_t index) const { return index == 0 ? 0 : ends_[index - 1]; }

  TypeInfoPtr type_;
  std::unique_ptr<GrowingColumn> items_;
  std::vector<uint32_t> ends_;
  Missing missing_;
};

}  // namespace

std::unique_ptr<GrowingColumn> GrowingColumn::of(const TypeInfoPtr& type) {
  switch (type->kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte:
      return std::make_unique<GrowingFixed<int8_t>>(type);
    case TypeKind::kShort:
      return std::make_unique<GrowingFixed<int16_t>>(type);
    case TypeKind::kInt:
    case TypeKind::kDate:
      return std::make_unique<GrowingFixed<int32_t>>(type);
    case TypeKind::kLong:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
      return std::make_unique<GrowingFixed<int64_t>>(type);
    case TypeKind::kFloat:
      return std::make_unique<GrowingFixed<float>>(type);
    case TypeKind::kDouble:
      return std::make_unique<GrowingFixed<double>>(type);
    case TypeKind::kChar:
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kBigInt:
    case TypeKind::kBigDec:
      return std::make_unique<GrowingText>(type);
    case TypeKind::kInstant:
      return std::make_unique<GrowingStruct>(type,
                                             std::vector<TypeInfoPtr>(2, TypeInfo::of(TypeKind::kLong)));
    case TypeKind::kTuple:
    case TypeKind::kRow:
      return std::make_unique<GrowingStruct>(type, type->children());
    case TypeKind::kPrimitiveArray:
    case TypeKind::kBasicArray:
    case TypeKind::kObjectArray:
    case TypeKind::kList:
      return std::make_unique<GrowingList>(type, of(type->children().at(0)));
    case TypeKind::kMap: {
      std::vector<std::string> no_names;
      auto entry = std::make_shared<TypeInfo>(TypeKind::kTuple, std::move(no_names), type->children());
      return std::make_unique<GrowingList>(type, of(entry));
    }
    case TypeKind::kPickled:
      break;
  }
  throw Error("values of type " + type->to_string() + " have no layout");
}

}  // namespace pf
