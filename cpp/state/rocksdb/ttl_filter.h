#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <rocksdb/compaction_filter.h>

#include "base/clock.h"
#include "state/row_ttl.h"

namespace pf {

/// Makes RocksDB leave out rows and list elements that have expired when it rewrites its files: all stay for
/// as long as no time to live is known. Called by RocksDB's threads; the clock must outlive the database.
class TtlFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit TtlFilterFactory(const Clock* clock) : clock_(clock) {}
  /// Any thread.
  void set(const RowTtl& ttl);

  const char* Name() const override { return "pyflinkpp.TtlFilterFactory"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;

 private:
  const Clock* clock_;
  std::mutex mutex_;
  std::optional<RowTtl> ttl_;
};

}  // namespace pf
