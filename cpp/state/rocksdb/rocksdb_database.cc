#include "state/rocksdb/rocksdb_database.h"

#include "base/error.h"
#include "state/rocksdb/scratch_env.h"

namespace pf {

RocksDbDatabase::RocksDbDatabase(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                                 std::shared_ptr<RocksDbMemory> memory)
    : directory_(std::move(directory)), owner_(std::move(owner)), memory_(std::move(memory)) {
  rocksdb::Options settings;
  settings.env = scratch_env();
  settings.create_if_missing = true;
  settings.write_buffer_manager = memory_->write_buffers;
  settings.max_background_jobs = options.background_threads;
  settings.avoid_flush_during_shutdown = true;  // it is about to be deleted
  settings.max_manifest_file_size = 1 << 20;    // each checkpoint of files has a copy
  settings.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  settings.stats_dump_period_sec = 0;
  settings.stats_persist_period_sec = 0;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(settings, directory_.path().string(), &opened);
  db_.reset(opened);
  check(status, "open");
}

RocksDbDatabase::~RocksDbDatabase() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close();
}

rocksdb::ColumnFamilyHandle* RocksDbDatabase::add_family(const std::string& name,
                                                         const rocksdb::ColumnFamilyOptions& options) {
  rocksdb::ColumnFamilyHandle* family = nullptr;
  check(db_->CreateColumnFamily(options, name, &family), "open");
  families_.push_back(family);
  return family;
}

void RocksDbDatabase::check(const rocksdb::Status& status, const char* action) const {
  if (status.ok()) return;
  throw Error(std::string("RocksDB could not ") + action + " the state of " + owner_ + " in '" +
              directory_.path().string() + "': " + status.ToString() +
              "; make room there, or set state.backend.rocksdb.localdir to a directory on another disk");
}

}  // namespace pf
