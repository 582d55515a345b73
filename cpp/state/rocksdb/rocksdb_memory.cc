#include "state/rocksdb/rocksdb_memory.h"

namespace pf {
namespace {

/// How often a cache is halved. A part has to have room for the filter of a file, a megabyte or two, and
/// other things: else each read of a row reads a filter.
int shard_bits(size_t bytes) {
  constexpr size_t kLeast = size_t{16} << 20;
  constexpr int kMost = 6;
  int bits = 0;
  while (bits < kMost && bytes >> (bits + 1) >= kLeast) ++bits;
  return bits;
}

}  // namespace

RocksDbMemory::RocksDbMemory(const RocksDbOptions& options) {
  const size_t decoded_bytes = options.memory_bytes / 8, row_bytes = 3 * decoded_bytes;
  auto bytes = static_cast<double>(options.memory_bytes - decoded_bytes - row_bytes);
  decoded = std::make_shared<MemoryBudget>(decoded_bytes);
  rows = std::make_shared<MemoryBudget>(row_bytes);
  // A write buffer may be half full once more while it is flushed, hence less for all of them than their
  // ratio.
  double ratio = options.write_buffer_ratio;
  const auto cache_bytes = static_cast<size_t>(bytes * (3 - ratio) / 3);
  cache = rocksdb::NewLRUCache(cache_bytes, shard_bits(cache_bytes), /*strict_capacity_limit=*/false,
                               options.high_priority_ratio);
  write_buffers =
      std::make_shared<rocksdb::WriteBufferManager>(static_cast<size_t>(2 * bytes * ratio / 3), cache);
}

}  // namespace pf
