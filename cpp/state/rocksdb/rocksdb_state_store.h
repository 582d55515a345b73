#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "base/clock.h"
#include "state/rocksdb/rocksdb_memory.h"
#include "state/rocksdb/scratch_directory.h"
#include "state/state_store.h"

namespace pf {

/// A database in a directory of its own, with a column family for each state. Nothing is logged or synced:
/// after a crash, state comes from a checkpoint. Writes are gathered until something is read. The directory
/// goes with the store and its last view.
class RocksDbStateStore final : public StateStore {
 public:
  /// `owner` names the operator and subtask in errors. The directory has nothing but its lock. Clock and
  /// memory must outlive it.
  RocksDbStateStore(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                    std::shared_ptr<RocksDbMemory> memory, const Clock* clock);

  void add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl) override;
  std::optional<std::string> get(StateId state, std::string_view key) override;
  void put(StateId state, std::string_view key, std::string_view value) override;
  void append(StateId state, std::string_view key, std::string_view bytes) override;
  void remove(StateId state, std::string_view key) override;
  void remove_prefix(StateId state, std::string_view prefix) override;
  void scan(StateId state, std::string_view prefix, std::string_view from, const Visitor& visitor) override;

  std::optional<std::string> last_before(StateId state, std::string_view prefix,
                                         std::string_view bound) override;

  std::unique_ptr<const StoreView> view() override;
  /// Where the options want them: hard links, in a directory beside the database.
  std::unique_ptr<const StoreFiles> files() override;

  /// Rewrites all files of a state: what has expired is gone afterwards.
  void compact(StateId state);

 private:
  struct Database;
  static rocksdb::DB* open(Database& database, const RocksDbOptions& options);
  rocksdb::ColumnFamilyOptions column_family_options() const;
  void write_gathered();
  void wrote();
  void check(const rocksdb::Status& status, const char* action) const { database_->check(status, action); }

  /// The database itself: shared with the views, which other threads read when the store may be gone.
  struct Database {
    Database(ScratchDirectory directory, std::string owner, std::shared_ptr<RocksDbMemory> memory);
    ~Database();
    void check(const rocksdb::Status& status, const char* action) const;

    const ScratchDirectory directory;  // the last to go
    const std::string owner;
    const std::shared_ptr<RocksDbMemory> memory;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> states;  // by StateId
  };
  class View;
  class Files;

  const RocksDbOptions options_;
  const Clock* clock_;
  const std::shared_ptr<Database> database_;
  rocksdb::DB* const db_;
  std::vector<rocksdb::ColumnFamilyHandle*> states_;  // by StateId
  rocksdb::WriteBatch gathered_;
  uint64_t files_taken_ = 0;
};

}  // namespace pf
