#include "state/rocksdb/row_table.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <utility>

#include "base/error.h"

namespace pf {
namespace {

constexpr size_t kFirstBuckets = 64;
/// A cell's key begins with its key group, which says nothing that the rest doesn't; in other keys, too, the
/// first bytes are hardly ever what differs.
constexpr size_t kKeyGroupBytes = 2;
/// Rows take multiples of this, as the allocator has them, which needs a few bytes of its own.
constexpr size_t kGrain = 16, kOfAllocator = 8;

}  // namespace

RowTable::RowTable(bool is_complete) : buckets_(kFirstBuckets), is_complete_(is_complete) {}

RowTable::~RowTable() {
  for (Row* row : buckets_) {
    while (row) ::operator delete(std::exchange(row, row->next_));
  }
}

uint32_t RowTable::hash_of(StateId state, std::string_view key) {
  return hash_of_entry(state, key.substr(std::min(key.size(), kKeyGroupBytes)));
}

uint32_t RowTable::hash_of_entry(StateId state, std::string_view entry) {
  const size_t hash = std::hash<std::string_view>()(entry);
  return static_cast<uint32_t>(hash ^ hash >> 32) + state * 0x9e3779b9U;
}

size_t RowTable::size_of(size_t key_size, size_t value_size) {
  return (sizeof(Row) + key_size + value_size + kOfAllocator + kGrain - 1) / kGrain * kGrain;
}

RowTable::Row** RowTable::place_of(uint32_t hash, StateId state, std::string_view key) {
  Row** place = &buckets_[hash & (buckets_.size() - 1)];
  while (Row* row = *place) {
    if (row->hash_ == hash && row->state_ == state && row->key() == key) break;
    place = &row->next_;
  }
  return place;
}

void RowTable::prefetch(StateId state, const std::vector<std::string_view>& entries) {
  ahead_.clear();
  for (std::string_view entry : entries) {
    ahead_.push_back(&buckets_[hash_of_entry(state, entry) & (buckets_.size() - 1)]);
    __builtin_prefetch(ahead_.back());
  }
  for (Row** bucket : ahead_) __builtin_prefetch(*bucket);
  for (Row** bucket : ahead_) {
    const Row* row = *bucket;
    if (!row) continue;
    __builtin_prefetch(row + 1);
    __builtin_prefetch(row->bytes() + row->key_size_ + row->value_size_);
    __builtin_prefetch(row->next_);
  }
}

const RowTable::Row* RowTable::find(StateId state, std::string_view key) {
  Row* row = *place_of(hash_of(state, key), state, key);
  if (row) row->used_ = true;
  return row;
}

void RowTable::append(StateId state, std::string_view key, std::string_view bytes, uint32_t run) {
  const Row* row = *place_of(hash_of(state, key), state, key);
  const Content was = row ? row->content() : is_complete_ ? Content::kAbsent : Content::kUnknown;
  if (was == Content::kUnknown) return set(state, key, Content::kUnknown, {}, {}, run);
  set(state, key, Content::kPresent, row ? row->value() : std::string_view(), bytes, run);
}

void RowTable::set(StateId state, std::string_view key, Content content, std::string_view value,
                   std::string_view more, uint32_t run) {
  const uint32_t hash = hash_of(state, key);
  Row** place = place_of(hash, state, key);
  const size_t value_size = value.size() + more.size();
  const size_t size = size_of(key.size(), value_size);
  Row* old = *place;
  Row* row = old;
  if (!old || size_of(old->key_size_, old->value_size_) != size) {
    row = new (::operator new(size - kOfAllocator)) Row;
    row->next_ = old ? old->next_ : nullptr;
    row->hash_ = hash;
    row->key_size_ = static_cast<uint32_t>(key.size());
    row->state_ = static_cast<uint16_t>(state);
    std::memcpy(row->bytes(), key.data(), key.size());
    bytes_ += size;
  }
  char* const begin = row->bytes() + key.size();
  if (!value.empty()) std::memmove(begin, value.data(), value.size());
  if (!more.empty()) std::memcpy(begin + value.size(), more.data(), more.size());
  row->value_size_ = value_size;
  row->content_ = content;
  row->run_ = run;
  row->used_ = true;
  *place = row;
  if (!old) {
    if (++rows_ > buckets_.size()) grow();
  } else if (row != old) {
    bytes_ -= size_of(old->key_size_, old->value_size_);
    ::operator delete(old);
  }
}

void RowTable::grow() {
  std::vector<Row*> buckets(2 * buckets_.size());
  for (Row* row : buckets_) {
    while (row) {
      Row*& first = buckets[row->hash_ & (buckets.size() - 1)];
      Row* next = std::exchange(row->next_, first);
      first = std::exchange(row, next);
    }
  }
  buckets_ = std::move(buckets);
}

void RowTable::remove(Row** place) {
  Row* row = std::exchange(*place, (*place)->next_);
  bytes_ -= size_of(row->key_size_, row->value_size_);
  --rows_;
  ::operator delete(row);
}

void RowTable::shrink(size_t most_bytes, uint32_t written) {
  // In the first round, what was used since the last one gets away.
  for (size_t looked_at = 0; looked_at < 2 * buckets_.size() && bytes() > most_bytes; ++looked_at) {
    sweeping_ = (sweeping_ + 1) & (buckets_.size() - 1);
    for (Row** place = &buckets_[sweeping_]; Row* row = *place;) {
      if (row->run_ > written || std::exchange(row->used_, false)) {
        place = &row->next_;
        continue;
      }
      if (row->content_ != Content::kAbsent) is_complete_ = false;
      remove(place);
    }
  }
}

}  // namespace pf
