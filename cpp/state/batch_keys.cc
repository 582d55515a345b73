#include "state/batch_keys.h"

#include <bit>
#include <functional>

namespace pf {

void BatchKeys::encode(const Column& keys, const KeyCodec& codec) {
  size_t rows = keys.size();
  arena_.clear();
  starts_.clear();
  hashes_.clear();
  of_row_.resize(rows);
  table_.assign(std::bit_ceil(2 * rows + 1), 0);
  for (size_t row = 0; row < rows; ++row) {
    size_t start = arena_.size();
    codec.encode(keys, row, arena_);
    of_row_[row] = find_or_add(start);
  }
}

/// The key that has just been appended: kept if it is new, else taken back.
uint32_t BatchKeys::find_or_add(size_t start) {
  auto key = std::string_view(arena_).substr(start);
  size_t hash = std::hash<std::string_view>()(key);
  size_t mask = table_.size() - 1;
  for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (table_[slot] == 0) {
      starts_.push_back(start);
      hashes_.push_back(hash);
      table_[slot] = static_cast<uint32_t>(starts_.size());
      return table_[slot] - 1;
    }
    uint32_t known = table_[slot] - 1;
    if (hashes_[known] != hash) continue;
    // The last key reaches to the end of the arena, where the new one lies behind it.
    size_t end = known + 1 < starts_.size() ? starts_[known + 1] : start;
    if (std::string_view(arena_).substr(starts_[known], end - starts_[known]) != key) continue;
    arena_.resize(start);
    return known;
  }
}

std::string_view BatchKeys::bytes(uint32_t key) const {
  size_t end = key + 1 < starts_.size() ? starts_[key + 1] : arena_.size();
  return std::string_view(arena_).substr(starts_[key], end - starts_[key]);
}

}  // namespace pf
