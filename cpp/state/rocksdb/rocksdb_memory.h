#pragma once

#include <memory>

#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

#include "state/memory_share.h"
#include "state/rocksdb/rocksdb_state_backend.h"

namespace pf {

/// What the databases of a job share so that they stay within their memory together. An eighth is for decoded
/// values, three for rows as bytes; of the rest, write buffers are charged to the block cache, in Flink's
/// proportions.
struct RocksDbMemory {
  explicit RocksDbMemory(const RocksDbOptions& options);

  std::shared_ptr<MemoryBudget> decoded, rows;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

}  // namespace pf
