#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/type_info.h"

namespace pf {

/// The order in which BATCH mode takes keys: that of Flink, which sorts by the bytes that its serializer of
/// the declared type makes of a key, and by the pickled key where no type is declared. Where they are not
/// known here, keys come in the order of the bytes that state knows them by. Immutable.
class KeyOrder {
 public:
  using Pickle = std::function<std::string(std::string_view key)>;

  /// `pickle` is for keys that only Python can pickle; null where there are none.
  explicit KeyOrder(TypeInfoPtr type, Pickle pickle = nullptr)
      : type_(std::move(type)), pickle_(std::move(pickle)) {}

  /// Of keys without a declared type.
  static std::shared_ptr<const KeyOrder> of_any() {
    return std::make_shared<KeyOrder>(TypeInfo::of(TypeKind::kPickled));
  }

  /// Of a key as KeyCodec encodes it: text that sorts as the keys do.
  std::string place_of(std::string_view key) const;

 private:
  TypeInfoPtr type_;
  Pickle pickle_;
};

}  // namespace pf
