#include "state/rocksdb/rocksdb_state_store.h"

#include <algorithm>
#include <filesystem>

#include <rocksdb/snapshot.h>
#include <rocksdb/utilities/checkpoint.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"

namespace pf {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableSuffix = ".sst";
/// Of the memory for rows, one run may take a part of so many; some may be on their way to the database.
constexpr size_t kRunsInMemory = 32, kRunsAtOnce = 4;

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
                                     const Clock* clock, const UnpackedFiles* files)
    : options_(options),
      database_(std::make_shared<RocksDbDatabase>(std::move(directory), std::move(owner), options, memory,
                                                  clock, files)),
      memory_(memory->rows),
      table_(/*is_complete=*/files == nullptr),
      writer_(database_, options.rows_of_file, options.writes_beside) {}

void RocksDbStateStore::add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl,
                                  Reads reads) {
  PF_CHECK(state == families_.size());
  families_.push_back(database_->add_family(name, ttl));
  reads_.push_back(reads);
}

void RocksDbStateStore::take_up_state(StateId state, const std::string& family,
                                      const std::optional<RowTtl>& ttl, Reads reads) {
  PF_CHECK(state == families_.size());
  families_.push_back(database_->take_family(family, ttl));
  reads_.push_back(reads);
}

// -- Single rows

void RocksDbStateStore::prefetch(StateId state, const std::vector<std::string_view>& entries) {
  if (is_in_table(state)) table_.prefetch(state, entries);
}

std::optional<std::string> RocksDbStateStore::get(StateId state, std::string_view key) {
  if (is_in_table(state)) {
    if (const RowTable::Row* row = table_.find(state, key)) {
      if (row->content() == RowTable::Content::kPresent) return std::string(row->value());
      if (row->content() == RowTable::Content::kAbsent) return std::nullopt;
      if (row->run() > writer_.written()) write_now();
    } else if (table_.is_complete()) {
      return std::nullopt;
    }
  } else {
    write_now();
  }
  rocksdb::PinnableSlice value;
  rocksdb::Status status = (*database_)->Get({}, families_[state], slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "read");
  if (is_in_table(state)) {
    table_.put(state, key, value.ToStringView(), writer_.written());
    make_room();
  }
  return value.ToString();
}

void RocksDbStateStore::put(StateId state, std::string_view key, std::string_view value) {
  if (is_in_table(state)) table_.put(state, key, value, writer_.next());
  changed(state, RowRun::Change::kPut, key, value);
}

void RocksDbStateStore::append(StateId state, std::string_view key, std::string_view bytes) {
  if (is_in_table(state)) table_.append(state, key, bytes, writer_.next());
  changed(state, RowRun::Change::kAppend, key, bytes);
}

void RocksDbStateStore::remove(StateId state, std::string_view key) {
  if (is_in_table(state)) table_.put_absent(state, key, writer_.next());
  changed(state, RowRun::Change::kRemove, key, {});
}

void RocksDbStateStore::changed(StateId state, RowRun::Change change, std::string_view key,
                                std::string_view value) {
  run_.add(state, change, key, value);
  if (run_.bytes() >= memory_.bytes() / kRunsInMemory) write_later();
  if (is_in_table(state)) make_room();
}

void RocksDbStateStore::make_room() {
  // Beside the runs that are on their way.
  const size_t all = memory_.bytes();
  const size_t most = all - std::min(lent_, lendable()) - all / kRunsInMemory * kRunsAtOnce;
  if (table_.bytes() <= most) return;
  // Some more than has to be, so that it isn't each new row's business.
  table_.shrink(most - most / 16, writer_.written());
  if (table_.bytes() <= most) return;
  // Rows are larger here than in a run.
  write_now();
  table_.shrink(most - most / 16, writer_.written());
}

size_t RocksDbStateStore::lendable() const {
  return memory_.bytes() / kRunsInMemory * (kRunsInMemory - 2 * kRunsAtOnce);
}

std::optional<size_t> RocksDbStateStore::lend(size_t bytes) {
  lent_ = bytes;
  make_room();
  return lendable();
}

void RocksDbStateStore::write_later() {
  if (!run_.empty()) writer_.write_later(std::exchange(run_, {}), families_);
}

void RocksDbStateStore::write_now() { writer_.write_now(std::exchange(run_, {}), families_); }

// -- Rows in order

void RocksDbStateStore::remove_prefix(StateId state, std::string_view prefix) {
  // One by one: a range tombstone would slow down every later read of the state.
  scan(state, prefix, {}, [&](std::string_view key, std::string_view) {
    remove(state, key);
    return true;
  });
}

void RocksDbStateStore::scan(StateId state, std::string_view prefix, std::string_view from,
                             const Visitor& visitor) {
  write_now();
  std::string end = end_of(prefix);
  rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  std::unique_ptr<rocksdb::Iterator> row((*database_)->NewIterator(options, families_[state]));
  for (row->Seek(slice(std::max(prefix, from))); row->Valid(); row->Next()) {
    if (!visitor(row->key().ToStringView(), row->value().ToStringView())) return;
  }
  check(row->status(), "read");
}

std::optional<std::string> RocksDbStateStore::last_before(StateId state, std::string_view prefix,
                                                          std::string_view bound) {
  write_now();
  rocksdb::Slice first = slice(prefix);
  rocksdb::Slice end = slice(bound);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> row((*database_)->NewIterator(options, families_[state]));
  row->SeekToLast();
  check(row->status(), "read");
  if (!row->Valid()) return std::nullopt;
  return row->key().ToString();
}

void RocksDbStateStore::compact(StateId state) {
  write_now();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  check((*database_)->CompactRange(options, families_[state], nullptr, nullptr), "write");
}

// -- As it was at a moment

class RocksDbStateStore::View final : public StoreView {
 public:
  /// Goes before the database does.
  struct Taken {
    explicit Taken(std::shared_ptr<const RocksDbDatabase> of)
        : database(std::move(of)), snapshot(&**database) {}
    const std::shared_ptr<const RocksDbDatabase> database;
    rocksdb::ManagedSnapshot snapshot;
  };
  using Later = std::shared_future<std::shared_ptr<Taken>>;

  View(Later taken, RowWriter::Families families)
      : taken_(std::move(taken)), families_(std::move(families)) {}

  void scan(StateId state, const RowVisitor& visitor) const override {
    Taken& taken = *taken_.get();
    rocksdb::ReadOptions options;
    options.snapshot = taken.snapshot.snapshot();
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    std::unique_ptr<rocksdb::Iterator> row((*taken.database)->NewIterator(options, families_[state]));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      if (!visitor(row->key().ToStringView(), row->value().ToStringView())) return;
    }
    taken.database->check(row->status(), "read");
  }

 private:
  const Later taken_;
  const RowWriter::Families families_;  // those that there were
};

std::unique_ptr<const StoreView> RocksDbStateStore::view() {
  if (!PFPP_MUTANT("run_not_handed_over")) write_later();
  auto take = [database = std::shared_ptr<const RocksDbDatabase>(database_)] {
    return std::make_shared<View::Taken>(database);
  };
  auto taken = PFPP_MUTANT("view_taken_when_read") ? std::async(std::launch::deferred, take).share()
                                                   : writer_.when_written(take);
  return std::make_unique<View>(std::move(taken), families_);
}

class RocksDbStateStore::Files final : public StoreFiles {
 public:
  /// Links in a directory.
  struct Linked {
    Linked(const RocksDbDatabase& database, const fs::path& path) : directory(path) {
      rocksdb::Checkpoint* made = nullptr;
      database.check(rocksdb::Checkpoint::Create(&*database, &made), "link");
      const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
      database.check(checkpoint->CreateCheckpoint(links().string()), "link");
      for (const auto& entry : fs::directory_iterator(links())) {
        std::string name = entry.path().filename();
        const bool is_shared = name.ends_with(kTableSuffix) || PFPP_MUTANT("changing_files_shared");
        std::string shared_name = is_shared ? database.shared_name(name) : std::string();
        files.push_back({std::move(name), std::move(shared_name)});
      }
      std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.name < b.name; });
    }
    fs::path links() const { return directory.path() / "links"; }

    const ScratchDirectory directory;
    std::vector<File> files;
  };
  using Later = std::shared_future<std::shared_ptr<const Linked>>;

  Files(Later linked, std::vector<std::string> families)
      : linked_(std::move(linked)), families_(std::move(families)) {}

  const std::vector<File>& files() const override { return linked_.get()->files; }
  std::string read(const File& file) const override { return read_whole(linked_.get()->links() / file.name); }
  std::string family(StateId state) const override { return families_.at(state); }

 private:
  const Later linked_;
  const std::vector<std::string> families_;
};

std::unique_ptr<const StoreFiles> RocksDbStateStore::files() {
  if (!options_.incremental) return nullptr;
  write_later();
  fs::path path = database_->directory();
  path += "-files-";
  path += std::to_string(++files_taken_);
  auto link = [database = std::shared_ptr<const RocksDbDatabase>(database_),
               path = std::move(path)]() -> std::shared_ptr<const Files::Linked> {
    return std::make_shared<Files::Linked>(*database, path);
  };
  auto linked = PFPP_MUTANT("links_made_when_read") ? std::async(std::launch::deferred, link).share()
                                                    : writer_.when_written(link);
  std::vector<std::string> names;
  for (const rocksdb::ColumnFamilyHandle* family : families_) names.push_back(family->GetName());
  return std::make_unique<Files>(std::move(linked), std::move(names));
}

}  // namespace pf
