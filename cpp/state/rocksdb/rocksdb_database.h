#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "base/clock.h"
#include "state/keyed_files.h"
#include "state/rocksdb/rocksdb_memory.h"
#include "state/rocksdb/scratch_directory.h"
#include "state/rocksdb/ttl_filter.h"

namespace pf {

/// An open database in a directory of its own, which goes with it: nothing is logged or synced, since after a
/// crash state comes from a checkpoint. Shared by a store and its views, which other threads read when the
/// store may be gone.
class RocksDbDatabase {
 public:
  /// `owner` names the operator and subtask in errors. The directory has nothing but its lock. Made of
  /// `files`, unless that is null: all that they say of is there then, under the names of their families.
  RocksDbDatabase(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                  std::shared_ptr<RocksDbMemory> memory, const Clock* clock, const UnpackedFiles* files);
  ~RocksDbDatabase();
  RocksDbDatabase(const RocksDbDatabase&) = delete;
  RocksDbDatabase& operator=(const RocksDbDatabase&) = delete;

  rocksdb::DB& operator*() const { return *db_; }
  rocksdb::DB* operator->() const { return db_.get(); }
  const std::filesystem::path& directory() const { return directory_.path(); }

  /// The database closes it.
  rocksdb::ColumnFamilyHandle* add_family(const std::string& state, const std::optional<RowTtl>& ttl);
  /// One of the files', which is given away once.
  rocksdb::ColumnFamilyHandle* take_family(const std::string& name, const std::optional<RowTtl>& ttl);
  /// Of a file that never changes, by its name in the directory: the name that no other file of any database
  /// has, which a file that the database was made of has had before.
  std::string shared_name(const std::string& file) const;
  /// Throws Error unless it is ok: "RocksDB could not ...".
  void check(const rocksdb::Status& status, const char* action) const;

 private:
  struct Family {
    rocksdb::ColumnFamilyHandle* handle;
    std::shared_ptr<TtlFilterFactory> filter;
  };
  rocksdb::ColumnFamilyOptions family_options(std::shared_ptr<TtlFilterFactory> filter) const;
  void open(const rocksdb::Options& settings, const UnpackedFiles& files);
  /// Once it is open.
  void use_up_sequence_number_zero();

  const ScratchDirectory directory_;  // the last to go
  const std::string owner_;
  const std::shared_ptr<RocksDbMemory> memory_;
  const RocksDbOptions options_;
  const Clock* clock_;
  /// Of this database only, in all time: those that are made of the same files go on differently.
  const std::string identity_;
  std::map<std::string, std::string> shared_names_;  // of files that it was made of
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::map<std::string, Family> of_files_;  // families that nobody has taken yet
  size_t next_family_ = 0;
};

}  // namespace pf
