#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "base/clock.h"
#include "state/memory_share.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/row_run.h"
#include "state/rocksdb/row_table.h"
#include "state/rocksdb/row_writer.h"
#include "state/state_store.h"

namespace pf {

/// A database in a directory of its own, with a column family for each state. Changes are gathered into runs,
/// which another thread brings into the database; what was written or read last is in memory as bytes, too,
/// so that reading single rows waits for neither. Looking through rows in order does. The directory goes with
/// the store and its last view.
class RocksDbStateStore final : public StateStore {
 public:
  /// `owner` names the operator and subtask in errors. The directory has nothing but its lock. Clock and
  /// memory must outlive it. Goes on with `files`, unless that is null.
  RocksDbStateStore(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                    std::shared_ptr<RocksDbMemory> memory, const Clock* clock,
                    const UnpackedFiles* files = nullptr);

  void add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl,
                 Reads reads) override;
  void take_up_state(StateId state, const std::string& family, const std::optional<RowTtl>& ttl,
                     Reads reads) override;
  void prefetch(StateId state, const std::vector<std::string_view>& entries) override;
  std::optional<std::string> get(StateId state, std::string_view key) override;
  void put(StateId state, std::string_view key, std::string_view value) override;
  void append(StateId state, std::string_view key, std::string_view bytes) override;
  void remove(StateId state, std::string_view key) override;
  void remove_prefix(StateId state, std::string_view prefix) override;
  void scan(StateId state, std::string_view prefix, std::string_view from, const Visitor& visitor) override;

  std::optional<std::string> last_before(StateId state, std::string_view prefix,
                                         std::string_view bound) override;

  std::optional<size_t> lend(size_t bytes) override;

  std::unique_ptr<const StoreView> view() override;
  /// Where the options want them: hard links, in a directory beside the database.
  std::unique_ptr<const StoreFiles> files() override;

  /// Rewrites all files of a state: what has expired is gone afterwards.
  void compact(StateId state);

 private:
  class View;
  class Files;
  bool is_in_table(StateId state) const { return reads_[state] == Reads::kByKey; }
  void changed(StateId state, RowRun::Change change, std::string_view key, std::string_view value);
  /// Keeps the table within its memory.
  void make_room();
  /// At most.
  size_t lendable() const;
  void write_later();
  void write_now();
  void check(const rocksdb::Status& status, const char* action) const { database_->check(status, action); }

  const RocksDbOptions options_;
  const std::shared_ptr<RocksDbDatabase> database_;
  const MemoryShare memory_;
  RowWriter::Families families_;
  std::vector<Reads> reads_;  // by StateId
  RowTable table_;
  RowRun run_;  // the next one
  RowWriter writer_;
  size_t lent_ = 0;
  uint64_t files_taken_ = 0;
};

}  // namespace pf
