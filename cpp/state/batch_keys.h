#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/keyed_state_backend.h"

namespace pf {

/// The keys of one batch as the bytes that state knows them by: each distinct key once, numbered in the order
/// in which it first comes. So whatever state costs is paid for a key and batch, not for a record.
/// Reused from batch to batch; lives on the task's thread.
class BatchKeys {
 public:
  /// Forgets the batch before. Afterwards `of_row` has a number for each row.
  void encode(const Column& keys, const KeyCodec& codec);
  /// Distinct keys.
  size_t size() const { return starts_.size(); }
  uint32_t of_row(size_t row) const { return of_row_[row]; }
  /// Valid until the next batch.
  std::string_view bytes(uint32_t key) const;

 private:
  uint32_t find_or_add(size_t start);

  std::string arena_;
  std::vector<size_t> starts_;  // of each distinct key within the arena
  std::vector<size_t> hashes_;
  std::vector<uint32_t> of_row_;
  std::vector<uint32_t> table_;  // open addressing: number + 1, 0 when free
};

}  // namespace pf
