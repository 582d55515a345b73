#include "state/rocksdb/rocksdb_state_store.h"

#include <system_error>

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "base/error.h"
#include "state/rocksdb/list_append.h"
#include "state/rocksdb/scratch_env.h"
#include "state/rocksdb/ttl_filter.h"

namespace pf {
namespace {

constexpr size_t kGatheredBytes = 256 << 10;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// The first key behind all that start with the prefix; empty when there is none.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace

RocksDbStateStore::RocksDbStateStore(ScratchDirectory directory, std::string owner,
                                     const RocksDbOptions& options, std::shared_ptr<RocksDbMemory> memory,
                                     const Clock* clock)
    : directory_(std::move(directory)),
      owner_(std::move(owner)),
      options_(options),
      memory_(std::move(memory)),
      clock_(clock) {
  rocksdb::Options database;
  database.env = scratch_env();
  database.create_if_missing = true;
  database.write_buffer_manager = memory_->write_buffers;
  database.max_background_jobs = options_.background_threads;
  database.avoid_flush_during_shutdown = true;  // it is about to be deleted
  database.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(database, directory_.path().string(), &opened);
  db_.reset(opened);
  if (!status.ok()) close();
  check(status, "open");
}

RocksDbStateStore::~RocksDbStateStore() { close(); }

void RocksDbStateStore::close() noexcept {
  if (db_) {
    for (rocksdb::ColumnFamilyHandle* state : states_) db_->DestroyColumnFamilyHandle(state);
    db_->Close();
    db_.reset();
  }
}

rocksdb::ColumnFamilyOptions RocksDbStateStore::column_family_options() const {
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
  family.level_compaction_dynamic_level_bytes = true;
  // A new key is looked for before it is written; this tells that it isn't there without a search.
  family.memtable_prefix_bloom_size_ratio = 0.02;
  family.memtable_whole_key_filtering = true;
  family.arena_block_size = 128 << 10;  // there may be many families, most of them small
  if (options_.large_files) {
    family.target_file_size_base = uint64_t{256} << 20;
    family.max_bytes_for_level_base = uint64_t{1} << 30;
    family.max_write_buffer_number = 4;
    family.min_write_buffer_number_to_merge = 3;
  }
  return family;
}

void RocksDbStateStore::add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl) {
  PF_CHECK(state == states_.size());
  rocksdb::ColumnFamilyOptions family = column_family_options();
  if (ttl) family.compaction_filter_factory = make_ttl_filter(*ttl, clock_);
  if (ttl && ttl->look_again_millis > 0) {
    family.periodic_compaction_seconds = static_cast<uint64_t>((ttl->look_again_millis + 999) / 1'000);
  }
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  // With its number, since names are the user's: one may be "default".
  check(db_->CreateColumnFamily(family, std::to_string(state) + ":" + name, &handle), "open");
  states_.push_back(handle);
}

std::optional<std::string> RocksDbStateStore::get(StateId state, std::string_view key) {
  write_gathered();
  rocksdb::PinnableSlice value;
  rocksdb::Status status = db_->Get({}, states_[state], slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "read");
  return value.ToString();
}

void RocksDbStateStore::put(StateId state, std::string_view key, std::string_view value) {
  check(gathered_.Put(states_[state], slice(key), slice(value)), "write");
  wrote();
}

void RocksDbStateStore::append(StateId state, std::string_view key, std::string_view bytes) {
  check(gathered_.Merge(states_[state], slice(key), slice(bytes)), "write");
  wrote();
}

void RocksDbStateStore::remove(StateId state, std::string_view key) {
  check(gathered_.Delete(states_[state], slice(key)), "write");
  wrote();
}

void RocksDbStateStore::remove_prefix(StateId state, std::string_view prefix) {
  // One by one: a range tombstone would slow down every later read of the state.
  scan(state, prefix, {}, [&](std::string_view key, std::string_view) {
    remove(state, key);
    return true;
  });
}

void RocksDbStateStore::scan(StateId state, std::string_view prefix, std::string_view from,
                             const Visitor& visitor) {
  write_gathered();
  std::string end = end_of(prefix);
  rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options, states_[state]));
  for (row->Seek(slice(std::max(prefix, from))); row->Valid(); row->Next()) {
    if (!visitor(row->key().ToStringView(), row->value().ToStringView())) return;
  }
  check(row->status(), "read");
}

std::optional<std::string> RocksDbStateStore::last_before(StateId state, std::string_view prefix,
                                                          std::string_view bound) {
  write_gathered();
  rocksdb::Slice first = slice(prefix);
  rocksdb::Slice end = slice(bound);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options, states_[state]));
  row->SeekToLast();
  check(row->status(), "read");
  if (!row->Valid()) return std::nullopt;
  return row->key().ToString();
}

void RocksDbStateStore::compact(StateId state) {
  write_gathered();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  check(db_->CompactRange(options, states_[state], nullptr, nullptr), "write");
}

void RocksDbStateStore::wrote() {
  if (gathered_.GetDataSize() >= kGatheredBytes) write_gathered();
}

void RocksDbStateStore::write_gathered() {
  if (gathered_.Count() == 0) return;
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  check(db_->Write(options, &gathered_), "write");
  gathered_.Clear();
}

void RocksDbStateStore::check(const rocksdb::Status& status, const char* action) const {
  if (status.ok()) return;
  throw Error(std::string("RocksDB could not ") + action + " the state of " + owner_ + " in '" +
              directory_.path().string() + "': " + status.ToString() +
              "; make room there, or set state.backend.rocksdb.localdir to a directory on another disk");
}

}  // namespace pf
