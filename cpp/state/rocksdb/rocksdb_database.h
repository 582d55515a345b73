#pragma once

#include <memory>
#include <string>

#include <rocksdb/db.h>

#include "state/rocksdb/rocksdb_memory.h"
#include "state/rocksdb/scratch_directory.h"

namespace pf {

/// An open database in a directory of its own, which goes with it: nothing is logged or synced, since after a
/// crash state comes from a checkpoint. Shared by a store and its views, which other threads read when the
/// store may be gone.
class RocksDbDatabase {
 public:
  /// `owner` names the operator and subtask in errors. The directory has nothing but its lock.
  RocksDbDatabase(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                  std::shared_ptr<RocksDbMemory> memory);
  ~RocksDbDatabase();
  RocksDbDatabase(const RocksDbDatabase&) = delete;
  RocksDbDatabase& operator=(const RocksDbDatabase&) = delete;

  rocksdb::DB& operator*() const { return *db_; }
  rocksdb::DB* operator->() const { return db_.get(); }
  const std::filesystem::path& directory() const { return directory_.path(); }
  RocksDbMemory& memory() const { return *memory_; }

  /// A new one. The database closes it.
  rocksdb::ColumnFamilyHandle* add_family(const std::string& name,
                                          const rocksdb::ColumnFamilyOptions& options);
  /// Throws Error unless it is ok: "RocksDB could not ...".
  void check(const rocksdb::Status& status, const char* action) const;

 private:
  const ScratchDirectory directory_;  // the last to go
  const std::string owner_;
  const std::shared_ptr<RocksDbMemory> memory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace pf
