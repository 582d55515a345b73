#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/growing_column.h"

namespace pf {

/// Numbers the distinct keys of a stream in the order in which they come: 0, 1, 2, ... What an operator
/// remembers of key i is then the i-th entry of plain arrays. Open addressing; each entry keeps its key's
/// hash, so that growing touches no key. The key column is all that a snapshot needs.
class KeyTable {
 public:
  explicit KeyTable(const TypeInfoPtr& key_type);

  /// The number of each row's key. Of a type of columns that the table was made for.
  void number(const Column& keys, std::span<uint32_t> numbers);
  size_t size() const { return keys_->size(); }
  /// Key i is its i-th row.
  const GrowingColumn& keys() const { return *keys_; }

 private:
  struct Entry {
    uint32_t hash = 0;
    uint32_t number = kFree;
  };
  static constexpr uint32_t kFree = UINT32_MAX;

  void grow();

  std::unique_ptr<GrowingColumn> keys_;
  std::vector<Entry> entries_;  // a power of two, at most half of them taken
  std::vector<int32_t> hashes_;
};

}  // namespace pf
