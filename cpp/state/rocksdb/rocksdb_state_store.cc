#include "state/rocksdb/rocksdb_state_store.h"

#include <algorithm>
#include <filesystem>

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "state/rocksdb/list_append.h"
#include "state/rocksdb/scratch_env.h"
#include "state/rocksdb/ttl_filter.h"

namespace pf {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableSuffix = ".sst";
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

RocksDbStateStore::Database::Database(ScratchDirectory directory, std::string owner,
                                      std::shared_ptr<RocksDbMemory> memory)
    : directory(std::move(directory)), owner(std::move(owner)), memory(std::move(memory)) {}

RocksDbStateStore::Database::~Database() {
  if (!db) return;
  for (rocksdb::ColumnFamilyHandle* state : states) db->DestroyColumnFamilyHandle(state);
  db->Close();
}

RocksDbStateStore::RocksDbStateStore(ScratchDirectory directory, std::string owner,
                                     const RocksDbOptions& options, std::shared_ptr<RocksDbMemory> memory,
                                     const Clock* clock)
    : options_(options),
      clock_(clock),
      database_(std::make_shared<Database>(std::move(directory), std::move(owner), std::move(memory))),
      db_(open(*database_, options)) {}

rocksdb::DB* RocksDbStateStore::open(Database& database, const RocksDbOptions& options) {
  rocksdb::Options settings;
  settings.env = scratch_env();
  settings.create_if_missing = true;
  settings.write_buffer_manager = database.memory->write_buffers;
  settings.max_background_jobs = options.background_threads;
  settings.avoid_flush_during_shutdown = true;  // it is about to be deleted
  settings.max_manifest_file_size = 1 << 20;    // each checkpoint of files has a copy
  settings.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  settings.stats_dump_period_sec = 0;
  settings.stats_persist_period_sec = 0;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(settings, database.directory.path().string(), &opened);
  database.db.reset(opened);
  database.check(status, "open");
  return opened;
}

rocksdb::ColumnFamilyOptions RocksDbStateStore::column_family_options() const {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = database_->memory->cache;
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
  database_->states.push_back(handle);
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

void RocksDbStateStore::Database::check(const rocksdb::Status& status, const char* action) const {
  if (status.ok()) return;
  throw Error(std::string("RocksDB could not ") + action + " the state of " + owner + " in '" +
              directory.path().string() + "': " + status.ToString() +
              "; make room there, or set state.backend.rocksdb.localdir to a directory on another disk");
}

// -- As it was at a moment

class RocksDbStateStore::View final : public StoreView {
 public:
  explicit View(std::shared_ptr<const Database> database)
      : database_(std::move(database)), states_(database_->states), snapshot_(database_->db->GetSnapshot()) {}
  ~View() override { database_->db->ReleaseSnapshot(snapshot_); }

  void scan(StateId state, const RowVisitor& visitor) const override {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    std::unique_ptr<rocksdb::Iterator> row(database_->db->NewIterator(options, states_[state]));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      if (!visitor(row->key().ToStringView(), row->value().ToStringView())) return;
    }
    database_->check(row->status(), "read");
  }

 private:
  const std::shared_ptr<const Database> database_;
  const std::vector<rocksdb::ColumnFamilyHandle*> states_;  // those that there were
  const rocksdb::Snapshot* const snapshot_;
};

std::unique_ptr<const StoreView> RocksDbStateStore::view() {
  write_gathered();
  return std::make_unique<View>(database_);
}

class RocksDbStateStore::Files final : public StoreFiles {
 public:
  Files(const Database& database, ScratchDirectory directory, std::vector<std::string> families)
      : directory_(std::move(directory)), families_(std::move(families)) {
    std::string identity;
    database.check(database.db->GetDbIdentity(identity), "name");
    for (const auto& entry : fs::directory_iterator(links())) {
      std::string name = entry.path().filename();
      const bool is_shared = name.ends_with(kTableSuffix);
      std::string shared_name = is_shared ? identity + "-" + name : std::string();
      files_.push_back({std::move(name), std::move(shared_name)});
    }
    std::sort(files_.begin(), files_.end(), [](const File& a, const File& b) { return a.name < b.name; });
  }
  static fs::path links_in(const fs::path& directory) { return directory / "links"; }

  const std::vector<File>& files() const override { return files_; }
  std::string read(const File& file) const override { return read_whole(links() / file.name); }
  std::string family(StateId state) const override { return families_.at(state); }

 private:
  fs::path links() const { return links_in(directory_.path()); }

  const ScratchDirectory directory_;
  const std::vector<std::string> families_;
  std::vector<File> files_;
};

std::unique_ptr<const StoreFiles> RocksDbStateStore::files() {
  if (!options_.incremental) return nullptr;
  write_gathered();
  rocksdb::Checkpoint* made = nullptr;
  check(rocksdb::Checkpoint::Create(db_, &made), "link");
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  fs::path path = database_->directory.path();
  path += "-files-";
  path += std::to_string(++files_taken_);
  ScratchDirectory directory(path);
  check(checkpoint->CreateCheckpoint(Files::links_in(path).string()), "link");
  std::vector<std::string> families;
  for (const rocksdb::ColumnFamilyHandle* state : states_) families.push_back(state->GetName());
  return std::make_unique<Files>(*database_, std::move(directory), std::move(families));
}

}  // namespace pf
