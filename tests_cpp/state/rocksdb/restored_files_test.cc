// Keyed state that goes on with the files of a checkpoint.

#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "control/time/keyed_timers.h"
#include "harness/state_fixture.h"
#include "state/operator_snapshot.h"
#include "state/rocksdb/rocksdb_state_backend.h"
#include "state/state_backend.h"
#include "state/unwritten_state.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

/// What checkpoints share, as a storage keeps it.
class Shelf final : public SharedFiles {
 public:
  SharedFile keep(const std::string& name, const std::function<std::string()>& read) override {
    auto known = bytes.find(name);
    if (known == bytes.end()) {
      known = bytes.emplace(name, read()).first;
      stored.insert(name);
    }
    return {name, known->second.size(), 0};
  }

  std::map<std::string, std::string> bytes;
  std::set<std::string> stored;  // since somebody cleared it
};

class RestoredFilesTest : public ::testing::Test {
 protected:
  std::unique_ptr<KeyedStateBackend> open(std::shared_ptr<const UnpackedFiles> files = nullptr,
                                          BackendKind kind = BackendKind::kRocksDb) {
    KeyedStateBackend::Options options;
    if (kind == BackendKind::kRocksDb) {
      options.restored_files = std::move(files);
    } else {
      options.restored_to_read.push_back(files);
    }
    return open_backend(kind, clock_, std::move(options));
  }
  StateId declare(KeyedStateBackend& backend, const std::string& name,
                  std::optional<StateTtl> ttl = std::nullopt) {
    return backend.declare({name, StateDescriptor::Kind::kValue, serializer_, serializer_, ttl});
  }
  void put(KeyedStateBackend& backend, StateId state, int64_t key, int64_t value) {
    backend.set_current(long_key(key));
    ValueState(backend, state).put(serializer_->make(value));
  }
  std::optional<int64_t> get(KeyedStateBackend& backend, StateId state, int64_t key) {
    backend.set_current(long_key(key));
    const Datum* value = ValueState(backend, state).find();
    return value ? std::optional(CountedSerializer::number(*value)) : std::nullopt;
  }
  std::shared_ptr<const UnpackedFiles> checkpoint(KeyedStateBackend& backend,
                                                  const fs::path& folder = temporary_folder()) {
    OperatorSnapshot written;
    shelf_.stored.clear();
    backend.freeze({})->write(written, shelf_);
    PF_CHECK(written.files != nullptr);
    return std::make_shared<UnpackedFiles>(
        *written.files, [this](const SharedFile& file) { return shelf_.bytes.at(file.name); }, folder);
  }
  static std::set<std::string> names(const UnpackedFiles& files) {
    std::set<std::string> names;
    for (const KeyedFiles::Shared& shared : files.files().shared) names.insert(shared.file.name);
    return names;
  }

  ManualClock clock_{1'000};
  std::shared_ptr<CountedSerializer> serializer_ = std::make_shared<CountedSerializer>();
  Shelf shelf_;
};

/// So few rows that they are one file, which RocksDB puts together with no other.
TEST_F(RestoredFilesTest, TheNextCheckpointStoresOnlyWhatIsNew) {
  auto before = open();
  StateId count = declare(*before, "count");
  for (int64_t key = 0; key < 20; ++key) put(*before, count, key, key);
  auto first = checkpoint(*before);
  ASSERT_FALSE(shelf_.stored.empty());
  before.reset();

  auto after = open(first);
  count = declare(*after, "count");
  auto second = checkpoint(*after);
  EXPECT_TRUE(shelf_.stored.empty());
  EXPECT_EQ(names(*second), names(*first));
  EXPECT_EQ(get(*after, count, 19), 19);
  put(*after, count, 19, -1);
  auto third = checkpoint(*after);
  EXPECT_FALSE(shelf_.stored.empty());
  after.reset();

  auto last = open(third);
  count = declare(*last, "count");
  for (int64_t key = 0; key < 19; ++key) ASSERT_EQ(get(*last, count, key), key);
  EXPECT_EQ(get(*last, count, 19), -1);
}

/// As two attempts of a job do, of which the first one dies: what they write then is not the same.
TEST_F(RestoredFilesTest, TwoThatGoOnFromTheSameFilesWriteFilesOfDifferentNames) {
  auto before = open();
  put(*before, declare(*before, "count"), 1, 1);
  auto first = checkpoint(*before);
  std::vector<std::set<std::string>> stored;
  for (int64_t value : {2, 3}) {
    auto after = open(first);
    put(*after, declare(*after, "count"), 1, value);
    auto written = checkpoint(*after);
    stored.push_back(shelf_.stored);
    ASSERT_FALSE(stored.back().empty());
    auto again = open(written);
    EXPECT_EQ(get(*again, declare(*again, "count"), 1), value);
  }
  for (const std::string& name : stored[0]) EXPECT_FALSE(stored[1].contains(name)) << name;
}

TEST_F(RestoredFilesTest, WhatNobodyDeclaresYetGoesOnFromFilesToFilesAndToRows) {
  auto files = [&] {
    auto before = open();
    put(*before, declare(*before, "a"), 1, 1);
    put(*before, declare(*before, "b"), 2, 2);
    return checkpoint(*before);
  }();
  for (int round = 0; round < 2; ++round) {
    auto after = open(files);
    StateId other = declare(*after, "c");
    EXPECT_EQ(get(*after, other, 1), std::nullopt);
    put(*after, other, 3, 3);
    files = checkpoint(*after);
  }
  for (BackendKind kind : {BackendKind::kRocksDb, BackendKind::kHeap}) {
    auto last = open(files, kind);
    // A savepoint has it all, too.
    KeyedStateBackend::Options of_savepoint;
    of_savepoint.restored.push_back(last->snapshot());
    auto from_rows = open_backend(BackendKind::kHeap, clock_, std::move(of_savepoint));
    for (KeyedStateBackend* backend : {last.get(), from_rows.get()}) {
      EXPECT_EQ(get(*backend, declare(*backend, "b"), 2), 2);
      EXPECT_EQ(get(*backend, declare(*backend, "a"), 1), 1);
      EXPECT_EQ(get(*backend, declare(*backend, "c"), 3), 3);
    }
  }
}

TEST_F(RestoredFilesTest, StateWithATimeToLiveNowIsReadAnewAndTheOldRowsAreNotLeftInTheNextCheckpoint) {
  auto before = open();
  put(*before, declare(*before, "a"), 1, 1);
  put(*before, declare(*before, "b"), 1, 7);
  auto files = checkpoint(*before);
  StateTtl ttl;
  ttl.millis = 50;
  for (int round = 0; round < 2; ++round) {
    auto after = open(files);
    StateId a = declare(*after, "a", ttl);
    EXPECT_EQ(get(*after, a, 1), 1);
    EXPECT_EQ(get(*after, declare(*after, "b"), 1), 7);
    files = checkpoint(*after);
    for (const KeyedStateInfo& state : files->states()) {
      EXPECT_EQ(state.has_ttl, state.name == "a");
    }
  }
  clock_.advance_millis(51);
  auto last = open(files);
  EXPECT_EQ(get(*last, declare(*last, "a", ttl), 1), std::nullopt);
}

TEST_F(RestoredFilesTest, TimersAreAllThereInOrder) {
  constexpr int kTimers = 20'000;
  auto count_down = [](KeyedTimers& timers, int from) {
    std::string entry;
    for (int i = from; i < kTimers; ++i) {
      auto time = timers.pop_due(kForever, entry);
      ASSERT_EQ(time, i);
      ASSERT_EQ(entry, entry_key(long_key(i % 10), {}));
    }
    EXPECT_EQ(timers.pop_due(kForever, entry), std::nullopt);
  };
  auto before = open();
  auto timers = make_keyed_timers(*before, "timers");
  before->attach("timers", *timers);
  for (int i = 0; i < kTimers; ++i) timers->add(i, entry_key(long_key(i % 10), {}));
  std::string entry;
  for (int i = 0; i < 100; ++i) timers->pop_due(kForever, entry);
  auto files = checkpoint(*before);
  before->detach("timers");
  // An attempt in which nobody asks for them.
  files = checkpoint(*open(files));
  for (BackendKind kind : {BackendKind::kRocksDb, BackendKind::kHeap}) {
    auto after = open(files, kind);
    auto again = make_keyed_timers(*after, "timers");
    after->attach("timers", *again);
    count_down(*again, 100);
    after->detach("timers");
  }
}

/// No room for files is the user's to mend, and says nothing of the checkpoint.
TEST_F(RestoredFilesTest, WhereTheyCanNotBeUnpackedTheErrorNamesTheFolderAndWhatToDo) {
  auto before = open();
  put(*before, declare(*before, "count"), 1, 1);
  auto files = checkpoint(*before);
  const TempDirectory folder;
  const std::string no_folder = (folder.path() / "file").string();
  std::ofstream(no_folder) << "bytes";
  auto error_of = [&](const std::function<void()>& unpack) -> std::string {
    try {
      unpack();
    } catch (const FileError& error) {
      return error.what();
    }
    return {};
  };
  for (const std::string& error :
       {error_of([&] { files->put_into(no_folder); }), error_of([&] { checkpoint(*before, no_folder); })}) {
    EXPECT_NE(error.find("'" + no_folder + "': Not a directory"), std::string::npos) << error;
    EXPECT_NE(error.find("set state.backend.rocksdb.localdir"), std::string::npos) << error;
  }
}

TEST_F(RestoredFilesTest, RowsAreGivenOutOnceAndOfWantedKeyGroupsOnly) {
  constexpr int64_t kKeys = 2'000;
  auto before = open();
  auto timers = make_keyed_timers(*before, "timers");
  before->attach("timers", *timers);
  StateId count = declare(*before, "count"), other = declare(*before, "other");
  for (int64_t key = 0; key < kKeys; ++key) {
    put(*before, count, key, key);
    put(*before, other, key, -key);
    timers->add(kKeys - key, entry_key(long_key(key), {}));
  }
  const auto files = checkpoint(*before);
  before->detach("timers");
  before.reset();

  for (uint32_t parallelism : {1, 2, 3, 128}) {
    for (const char* name : {"count", "timers"}) {
      std::set<std::string> entries;
      for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
        const KeyGroups groups = key_groups_of(subtask, 128, parallelism);
        files->for_each_row(name, groups, [&](const KeyedStateInfo& state, const KeyedRow& row) {
          ASSERT_EQ(state.name, name);
          ASSERT_EQ(subtask_of_key_group(row.key_group, 128, parallelism), subtask);
          ASSERT_TRUE(entries.emplace(row.entry).second);
        });
      }
      EXPECT_EQ(entries.size(), kKeys) << name << " " << parallelism;
    }
  }
}

TEST_F(RestoredFilesTest, SubtasksAtAnotherParallelismReadTheirOwnRowsOutOfTheFilesOfAll) {
  constexpr int64_t kKeys = 500;
  std::vector<std::shared_ptr<const OperatorSnapshot>> restored;
  for (int64_t from : {int64_t{0}, kKeys}) {
    auto before = open();
    const StateId count = declare(*before, "count");
    for (int64_t key = from; key < from + kKeys; ++key) put(*before, count, key, key);
    restored.push_back(std::make_shared<OperatorSnapshot>(OperatorSnapshot{.unpacked = checkpoint(*before)}));
  }
  for (const auto& backend : {make_heap_state_backend(), make_rocksdb_state_backend({})}) {
    int64_t found = 0;
    for (uint32_t subtask = 0; subtask < 3; ++subtask) {
      const auto after = backend->create({"op", subtask, 3, 128, &clock_, make_column_key_codec(), restored});
      const StateId count = declare(*after, "count");
      for (int64_t key = 0; key < 2 * kKeys; ++key) {
        const auto value = get(*after, count, key);
        const bool is_own =
            subtask_of_key_group(after->key_group(entry_key(long_key(key), {})), 128, 3) == subtask;
        ASSERT_EQ(value, is_own ? std::optional(key) : std::nullopt);
        found += is_own;
      }
    }
    EXPECT_EQ(found, 2 * kKeys);
  }
}

TEST_F(RestoredFilesTest, TheyAreUnpackedWhereDatabasesLieAndLinked) {
  const TempDirectory folder;
  RocksDbOptions options;
  for (const char* name : {"a", "b"}) options.directories.push_back((folder.path() / name).string());
  const auto backend = make_rocksdb_state_backend(options);
  // Directories take turns.
  const fs::path first = backend->folder_for_files(), second = backend->folder_for_files();
  EXPECT_EQ((std::set{first, second}), (std::set<fs::path>{folder.path() / "a", folder.path() / "b"}));
  EXPECT_EQ(backend->folder_for_files(), first);

  auto before = open();
  put(*before, declare(*before, "count"), 1, 1);
  for (const fs::path& place : {second, second, first}) {
    auto restored =
        std::make_shared<OperatorSnapshot>(OperatorSnapshot{.unpacked = checkpoint(*before, place)});
    const auto after = backend->create({"op", 0, 1, 128, &clock_, make_column_key_codec(), {restored}});
    size_t tables = 0;
    for (const auto& file : fs::recursive_directory_iterator(place)) {
      if (file.path().extension() != ".sst") continue;
      EXPECT_EQ(fs::hard_link_count(file), 2) << file;
      ++tables;
    }
    EXPECT_EQ(tables, 2 * restored->unpacked->files().shared.size());
  }
  // All of it goes with its owners.
  EXPECT_TRUE(fs::is_empty(first) && fs::is_empty(second));
}

TEST_F(RestoredFilesTest, OnlyTheSubtaskOfTheSameNumberGoesOnWithFiles) {
  auto before = open();
  put(*before, declare(*before, "count"), 1, 1);
  auto with_files = std::make_shared<OperatorSnapshot>(OperatorSnapshot{.unpacked = checkpoint(*before)});
  StateOwner owner{"op", 0, 1, 128, &clock_, make_column_key_codec(), {with_files}};
  EXPECT_EQ(owner.own_files(), with_files->unpacked);
  owner.parallelism = 2;
  EXPECT_EQ(owner.own_files(), nullptr);
  owner.restored.push_back(std::make_shared<OperatorSnapshot>());
  EXPECT_EQ(owner.own_files(), with_files->unpacked);
  owner.subtask = 1;
  EXPECT_EQ(owner.own_files(), nullptr);

  RocksDbOptions options;
  options.incremental = true;
  owner = {"op", 0, 1, 64, &clock_, make_column_key_codec(), {with_files}};
  try {
    make_rocksdb_state_backend(options)->create(owner);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("maximum parallelism of 128"), std::string::npos);
  }
}

}  // namespace
}  // namespace pf::testing
