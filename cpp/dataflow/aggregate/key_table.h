#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/growing_column.h"

namespace pf {

/// Numbers the distinct keys of a stream in the order in which they come: 0, 1, 2, ... What an operator
/// remembers of key i is then the i-th entry of plain arrays. Open addressing; each entry keeps its key's
/// hash, so that growing touches no key. The key column is all that a snapshot needs.
class KeyTable {
 public:
  explicit KeyTable(TypeInfoPtr key_type);

  /// The number of the key of each of the given rows. `keys` is a column of the type that the table was made
  /// for, `hashes` its hash codes.
  void number(const Column& keys, std::span<const int32_t> hashes, std::span<const uint32_t> rows,
              std::span<uint32_t> numbers);
  /// None where the row's key has not come yet.
  std::optional<uint32_t> find(const Column& keys, std::span<const int32_t> hashes, uint32_t row) const;
  size_t size() const { return keys_->size(); }
  /// Key i is its i-th row.
  const GrowingColumn& keys() const { return *keys_; }
  void clear();
  /// Takes as long as the keys alone: what finds them is made when the copy is first asked for one.
  KeyTable copy() const;

 private:
  struct Entry {
    uint32_t hash = 0;
    uint32_t number = kFree;
  };
  using Entries = std::vector<Entry>;
  static constexpr uint32_t kFree = UINT32_MAX;
  static constexpr size_t kSmallest = 16;

  size_t place_of(uint32_t hash, const Column& keys, uint32_t row) const;
  void grow();
  void index() const;
  /// Of a key that is not there.
  static void put(Entry entry, Entries& entries);
  /// Hints of what will be looked up: first the place, then the key that is there.
  void prefetch_place(int32_t code) const;
  void prefetch_key(int32_t code) const;

  TypeInfoPtr key_type_;
  std::unique_ptr<GrowingColumn> keys_;
  mutable Entries entries_;  // a power of two, at most half of them taken; none before `index`
};

/// 0, 1, 2, ... up to a limit: the rows of a batch, the groups of a table.
std::vector<uint32_t> all_below(size_t limit);
std::vector<int32_t> hashes_of(const Column& keys);

}  // namespace pf
