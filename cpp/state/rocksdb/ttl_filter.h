#pragma once

#include <memory>

#include <rocksdb/compaction_filter.h>

#include "base/clock.h"
#include "state/row_ttl.h"

namespace pf {

/// Makes RocksDB leave out rows and list elements that have expired when it rewrites its files. Called by
/// RocksDB's threads; the clock must outlive the database.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_ttl_filter(RowTtl ttl, const Clock* clock);

}  // namespace pf
