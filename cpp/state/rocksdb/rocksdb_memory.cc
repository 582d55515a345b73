#include "state/rocksdb/rocksdb_memory.h"

namespace pf {

RocksDbMemory::RocksDbMemory(const RocksDbOptions& options) {
  const size_t decoded_bytes = options.memory_bytes / 8, row_bytes = 3 * decoded_bytes;
  auto bytes = static_cast<double>(options.memory_bytes - decoded_bytes - row_bytes);
  decoded = std::make_shared<MemoryBudget>(decoded_bytes);
  rows = std::make_shared<MemoryBudget>(row_bytes);
  // A write buffer may be half full once more while it is flushed, hence less for all of them than their
  // ratio.
  double ratio = options.write_buffer_ratio;
  constexpr int kShardBits = -1;  // as many shards as suit the size
  cache = rocksdb::NewLRUCache(static_cast<size_t>(bytes * (3 - ratio) / 3), kShardBits,
                               /*strict_capacity_limit=*/false, options.high_priority_ratio);
  write_buffers =
      std::make_shared<rocksdb::WriteBufferManager>(static_cast<size_t>(2 * bytes * ratio / 3), cache);
}

}  // namespace pf
