#include "dataflow/aggregate/key_table.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace pf {
namespace {

/// Java's hash codes of small numbers are these numbers; this spreads them over all bits.
uint32_t spread(int32_t code) {
  uint64_t mixed = static_cast<uint32_t>(code) * UINT64_C(0x9E3779B97F4A7C15);
  return static_cast<uint32_t>(mixed >> 32);
}

/// Entries of a table that no longer fits into a processor's own caches.
constexpr size_t kLarge = size_t{1} << 17;
/// Rows between two steps of a look-up that is prefetched.
constexpr size_t kAhead = 8;

}  // namespace

KeyTable::KeyTable(TypeInfoPtr key_type)
    : key_type_(std::move(key_type)), keys_(GrowingColumn::of(key_type_)), entries_(kSmallest) {}

void KeyTable::number(const Column& keys, std::span<const int32_t> hashes, std::span<const uint32_t> rows,
                      std::span<uint32_t> numbers) {
  if (entries_.empty()) index();
  const bool waits = entries_.size() >= kLarge;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (waits && i + 2 * kAhead < rows.size()) prefetch_place(hashes[rows[i + 2 * kAhead]]);
    if (waits && i + kAhead < rows.size()) prefetch_key(hashes[rows[i + kAhead]]);
    const uint32_t row = rows[i];
    const uint32_t hash = spread(hashes[row]);
    Entry& entry = entries_[place_of(hash, keys, row)];
    if (entry.number != kFree) {
      numbers[i] = entry.number;
      continue;
    }
    numbers[i] = static_cast<uint32_t>(keys_->size());
    entry = {hash, numbers[i]};
    keys_->push(keys, row);
    if (keys_->size() * 2 > entries_.size()) grow();
  }
}

std::optional<uint32_t> KeyTable::find(const Column& keys, std::span<const int32_t> hashes,
                                       uint32_t row) const {
  if (entries_.empty()) index();
  const Entry& entry = entries_[place_of(spread(hashes[row]), keys, row)];
  return entry.number == kFree ? std::nullopt : std::optional(entry.number);
}

void KeyTable::prefetch_place(int32_t code) const {
  __builtin_prefetch(&entries_[spread(code) & (entries_.size() - 1)]);
}

void KeyTable::prefetch_key(int32_t code) const {
  const Entry& entry = entries_[spread(code) & (entries_.size() - 1)];
  if (entry.number != kFree) keys_->prefetch(entry.number);
}

/// Where the key is, or belongs.
size_t KeyTable::place_of(uint32_t hash, const Column& keys, uint32_t row) const {
  const size_t mask = entries_.size() - 1;
  size_t at = hash & mask;
  while (entries_[at].number != kFree &&
         !(entries_[at].hash == hash && keys_->equals(entries_[at].number, keys, row))) {
    at = (at + 1) & mask;
  }
  return at;
}

void KeyTable::clear() {
  keys_ = GrowingColumn::of(key_type_);
  entries_.assign(kSmallest, {});
}

KeyTable KeyTable::copy() const {
  KeyTable copied(key_type_);
  copied.keys_ = keys_->copy();
  copied.entries_ = {};
  return copied;
}

void KeyTable::index() const {
  const std::vector<uint32_t> numbers = all_below(keys_->size());
  const std::vector<int32_t> hashes = hashes_of(*keys_->gather(numbers));
  entries_.resize(std::max(kSmallest, std::bit_ceil(2 * numbers.size())));
  for (uint32_t number : numbers) put({spread(hashes[number]), number}, entries_);
}

void KeyTable::grow() {
  Entries larger(entries_.size() * 2);
  for (const Entry& entry : entries_) {
    if (entry.number != kFree) put(entry, larger);
  }
  entries_ = std::move(larger);
}

void KeyTable::put(Entry entry, Entries& entries) {
  const size_t mask = entries.size() - 1;
  size_t at = entry.hash & mask;
  while (entries[at].number != kFree) at = (at + 1) & mask;
  entries[at] = entry;
}

std::vector<uint32_t> all_below(size_t limit) {
  std::vector<uint32_t> numbers(limit);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

std::vector<int32_t> hashes_of(const Column& keys) {
  std::vector<int32_t> hashes(keys.size());
  keys.hash_codes(hashes);
  return hashes;
}

}  // namespace pf
