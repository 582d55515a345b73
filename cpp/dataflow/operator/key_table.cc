#include "dataflow/operator/key_table.h"

namespace pf {
namespace {

/// Java's hash codes of small numbers are these numbers; this spreads them over all bits.
uint32_t spread(int32_t code) {
  uint64_t mixed = static_cast<uint32_t>(code) * UINT64_C(0x9E3779B97F4A7C15);
  return static_cast<uint32_t>(mixed >> 32);
}

}  // namespace

KeyTable::KeyTable(const TypeInfoPtr& key_type) : keys_(GrowingColumn::of(key_type)), entries_(64) {}

void KeyTable::number(const Column& keys, std::span<uint32_t> numbers) {
  hashes_.resize(keys.size());
  keys.hash_codes(hashes_);
  for (size_t row = 0; row < keys.size(); ++row) {
    const uint32_t hash = spread(hashes_[row]);
    size_t mask = entries_.size() - 1;
    size_t at = hash & mask;
    while (entries_[at].number != kFree &&
           !(entries_[at].hash == hash && keys_->equals(entries_[at].number, keys, row))) {
      at = (at + 1) & mask;
    }
    if (entries_[at].number == kFree) {
      entries_[at] = {hash, static_cast<uint32_t>(keys_->size())};
      keys_->push(keys, row);
      numbers[row] = entries_[at].number;
      if (keys_->size() * 2 > entries_.size()) grow();
    } else {
      numbers[row] = entries_[at].number;
    }
  }
}

void KeyTable::grow() {
  std::vector<Entry> larger(entries_.size() * 2);
  const size_t mask = larger.size() - 1;
  for (const Entry& entry : entries_) {
    if (entry.number == kFree) continue;
    size_t at = entry.hash & mask;
    while (larger[at].number != kFree) at = (at + 1) & mask;
    larger[at] = entry;
  }
  entries_ = std::move(larger);
}

}  // namespace pf
