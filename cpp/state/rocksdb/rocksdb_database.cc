#include "state/rocksdb/rocksdb_database.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "base/error.h"
#include "base/fault_point.h"
#include "state/rocksdb/list_append.h"
#include "state/rocksdb/scratch_env.h"

namespace pf {
namespace {

/// The number that a family's name begins with.
size_t number_of(const std::string& family) {
  size_t number = 0;
  std::from_chars(family.data(), family.data() + family.size(), number);
  return number;
}

uint64_t look_again_seconds(const RowTtl& ttl) {
  return ttl.look_again_millis > 0 ? static_cast<uint64_t>((ttl.look_again_millis + 999) / 1'000) : 0;
}

}  // namespace

RocksDbDatabase::RocksDbDatabase(ScratchDirectory directory, std::string owner, const RocksDbOptions& options,
                                 std::shared_ptr<RocksDbMemory> memory, const Clock* clock,
                                 const UnpackedFiles* files)
    : directory_(std::move(directory)),
      owner_(std::move(owner)),
      memory_(std::move(memory)),
      options_(options),
      clock_(clock),
      identity_(scratch_env()->GenerateUniqueId()) {
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
  if (files) {
    open(settings, *files);
  } else {
    rocksdb::DB* opened = nullptr;
    rocksdb::Status status = rocksdb::DB::Open(settings, directory_.path().string(), &opened);
    db_.reset(opened);
    check(status, "open");
  }
  use_up_sequence_number_zero();
}

RocksDbDatabase::~RocksDbDatabase() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close();
}

void RocksDbDatabase::open(const rocksdb::Options& settings, const UnpackedFiles& files) {
  files.put_into(directory_.path());
  for (const KeyedFiles::Shared& shared : files.files().shared) {
    shared_names_.emplace(shared.name, plain_name(shared.file));
  }
  const std::string path = directory_.path().string();
  std::vector<std::string> names;
  check(rocksdb::DB::ListColumnFamilies(settings, path, &names), "open");
  std::vector<std::shared_ptr<TtlFilterFactory>> filters;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    filters.push_back(std::make_shared<TtlFilterFactory>(clock_));
    families.emplace_back(name, family_options(filters.back()));
    next_family_ = std::max(next_family_, number_of(name) + 1);
  }
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(settings, path, families, &families_, &opened);
  db_.reset(opened);
  check(status, "open");
  std::set<std::string> needed;
  for (const KeyedFiles::State& state : files.files().states) needed.insert(state.family);
  for (size_t i = 0; i < names.size(); ++i) {
    if (needed.contains(names[i])) {
      of_files_.emplace(names[i], Family{families_[i], filters[i]});
    } else if (names[i] != rocksdb::kDefaultColumnFamilyName) {
      check(db_->DropColumnFamily(families_[i]), "open");  // private rows, which are made anew
    }
  }
}

/// The first files of rows are brought in with the number 0. A snapshot of that number means "none" to a
/// compaction, which then takes every row with it for an older version of another, and drops it.
void RocksDbDatabase::use_up_sequence_number_zero() {
  if (db_->GetLatestSequenceNumber() > 0) return;
  // Nothing stays of it.
  rocksdb::ColumnFamilyHandle* family = nullptr;
  check(db_->CreateColumnFamily({}, "first number", &family), "open");
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const rocksdb::Status put = db_->Put(options, family, "", "");
  const rocksdb::Status dropped = db_->DropColumnFamily(family);
  db_->DestroyColumnFamilyHandle(family);
  check(put, "open");
  check(dropped, "open");
}

rocksdb::ColumnFamilyOptions RocksDbDatabase::family_options(std::shared_ptr<TtlFilterFactory> filter) const {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory_->cache;
  // Within the memory's limit, like all else.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  if (options_.partitioned_index_filters) {
    table.partition_filters = true;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.pin_top_level_index_and_filter = true;
  }
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.merge_operator = std::make_shared<ListAppend>();
  family.compaction_filter_factory = std::move(filter);
  family.level_compaction_dynamic_level_bytes = true;
  // A new key is looked for before it is written; this tells that it isn't there without a search.
  family.memtable_prefix_bloom_size_ratio = 0.02;
  family.memtable_whole_key_filtering = true;
  family.disable_auto_compactions = !options_.writes_beside;
  family.arena_block_size = 128 << 10;  // there may be many families, most of them small
  if (options_.large_files) {
    family.target_file_size_base = uint64_t{256} << 20;
    family.max_bytes_for_level_base = uint64_t{1} << 30;
    family.max_write_buffer_number = 4;
    family.min_write_buffer_number_to_merge = 3;
  }
  return family;
}

rocksdb::ColumnFamilyHandle* RocksDbDatabase::add_family(const std::string& state,
                                                         const std::optional<RowTtl>& ttl) {
  auto filter = std::make_shared<TtlFilterFactory>(clock_);
  rocksdb::ColumnFamilyOptions options = family_options(filter);
  if (ttl) {
    filter->set(*ttl);
    if (uint64_t seconds = look_again_seconds(*ttl)) options.periodic_compaction_seconds = seconds;
  }
  rocksdb::ColumnFamilyHandle* family = nullptr;
  // With a number, since names are the user's: one may be "default".
  check(db_->CreateColumnFamily(options, std::to_string(next_family_++) + ":" + state, &family), "open");
  families_.push_back(family);
  return family;
}

rocksdb::ColumnFamilyHandle* RocksDbDatabase::take_family(const std::string& name,
                                                          const std::optional<RowTtl>& ttl) {
  auto taken = of_files_.extract(name);
  PF_CHECK(!taken.empty());
  const Family& family = taken.mapped();
  if (ttl) {
    family.filter->set(*ttl);
    if (uint64_t seconds = look_again_seconds(*ttl)) {
      check(db_->SetOptions(family.handle, {{"periodic_compaction_seconds", std::to_string(seconds)}}),
            "open");
    }
  }
  return family.handle;
}

std::string RocksDbDatabase::shared_name(const std::string& file) const {
  auto known = shared_names_.find(file);
  if (PFPP_MUTANT("files_without_identity")) return file;
  return known == shared_names_.end() ? identity_ + "-" + file : known->second;
}

void RocksDbDatabase::check(const rocksdb::Status& status, const char* action) const {
  if (status.ok()) return;
  throw Error(std::string("RocksDB could not ") + action + " the state of " + owner_ + " in '" +
              directory_.path().string() + "': " + status.ToString() +
              "; make room there, or set state.backend.rocksdb.localdir to a directory on another disk");
}

}  // namespace pf
