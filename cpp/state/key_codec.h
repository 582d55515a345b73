#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/column.h"

namespace pf {

/// Between the keys of a stream and the bytes that state knows them by. Equal keys have equal bytes, however
/// they are laid out. Immutable; where keys are Python objects, used with the GIL.
class KeyCodec {
 public:
  virtual ~KeyCodec() = default;
  /// Appends the bytes of one row's key.
  virtual void encode(const Column& keys, size_t row, std::string& out) const = 0;
  /// The key's Java `hashCode`, which decides its key group.
  virtual int32_t hash_code(std::string_view key) const = 0;
  /// For people, as "key 'a'"; not called often.
  virtual std::string shown(std::string_view key) const {
    return "a key of " + std::to_string(key.size()) + " bytes";
  }
};

}  // namespace pf
