#include "control/checkpoint/checkpoint_storage.h"

#include <chrono>
#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/durable_file.h"
#include "base/error.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const OperatorListSnapshot> lists(const std::string& item) {
  OperatorListSnapshotWriter out;
  out.begin_state("numbers", "{}", Redistribution::kSplit, 1);
  out.add_item(item);
  return std::make_shared<OperatorListSnapshot>(out.finish());
}

std::shared_ptr<const KeyedSnapshot> keyed(const std::string& value) {
  KeyedSnapshotWriter out(128);
  out.begin_state({.name = "counts", .schema = "{}"});
  out.add_row({7, "key", "", value});
  return std::make_shared<KeyedSnapshot>(out.finish());
}

Checkpoint sample(uint64_t id) {
  Checkpoint checkpoint;
  checkpoint.job.bytes[0] = 42;
  checkpoint.id = id;
  checkpoint.attempt = 3;
  checkpoint.epoch_millis = -5;
  Checkpoint::Operator source{"1", "Source: a", 128, "", {}};
  source.subtasks.push_back(
      {std::make_shared<OperatorSnapshot>(OperatorSnapshot{.lists = lists("x")}), true});
  source.subtasks.push_back({nullptr, false});
  Checkpoint::Operator counts{"counts-uid", "Counts", 256, "\"LONG\"", {}};
  counts.subtasks.push_back(
      {std::make_shared<OperatorSnapshot>(OperatorSnapshot{
           .keyed = keyed(std::string(2'000, 'k')), .broadcast = keyed("b"), .lists = lists("")}),
       false});
  checkpoint.operators = {source, counts};
  return checkpoint;
}

void expect_same(const Checkpoint& a, const Checkpoint& b) {
  auto bytes = [](const auto& part) { return part ? part->bytes() : std::string("none"); };
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.epoch_millis, b.epoch_millis);
  ASSERT_EQ(a.operators.size(), b.operators.size());
  for (size_t i = 0; i < a.operators.size(); ++i) {
    EXPECT_EQ(a.operators[i].id, b.operators[i].id);
    EXPECT_EQ(a.operators[i].name, b.operators[i].name);
    EXPECT_EQ(a.operators[i].key_type, b.operators[i].key_type);
    EXPECT_EQ(a.operators[i].max_parallelism, b.operators[i].max_parallelism);
    ASSERT_EQ(a.operators[i].subtasks.size(), b.operators[i].subtasks.size());
    for (size_t k = 0; k < a.operators[i].subtasks.size(); ++k) {
      const auto& x = a.operators[i].subtasks[k];
      const auto& y = b.operators[i].subtasks[k];
      EXPECT_EQ(x.ended, y.ended);
      ASSERT_EQ(x.state == nullptr, y.state == nullptr);
      if (!x.state) continue;
      EXPECT_EQ(bytes(x.state->keyed), bytes(y.state->keyed));
      EXPECT_EQ(bytes(x.state->broadcast), bytes(y.state->broadcast));
      EXPECT_EQ(bytes(x.state->lists), bytes(y.state->lists));
    }
  }
}

class FileStorageTest : public ::testing::Test {
 protected:
  ~FileStorageTest() override { fs::remove_all(folder_); }
  std::unique_ptr<CheckpointStorage> storage(size_t inline_bytes = 100) {
    return make_file_checkpoint_storage({folder_, inline_bytes}, sample(1).job);
  }

  std::vector<fs::path> found() const {
    std::vector<fs::path> paths;
    for (const Location& checkpoint : find_checkpoints(folder_)) paths.push_back(checkpoint.path());
    return paths;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("pyflinkpp-checkpoints-" + JobId::random().hex());
};

TEST(Crc32cTest, OfKnownText) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(""), 0U);
  for (size_t size = 0; size < 40; ++size) {
    const std::string bytes = std::string("0123456789abcdefghijklmnopqrstuvwxyzABCD").substr(0, size);
    EXPECT_EQ(crc32c(bytes, 7), crc32c_by_tables(bytes, 7));
  }
}

TEST_F(FileStorageTest, GivesBackWhatWasStored) {
  for (size_t inline_bytes : {size_t{0}, size_t{100}, size_t{1} << 20}) {
    auto files = storage(inline_bytes);
    files->store(sample(7));
    expect_same(files->load(7), sample(7));
    expect_same(load_checkpoint(fs::path(files->location(7)) / "_metadata"), sample(7));
    files->discard(7);
    EXPECT_THROW(files->load(7), Error);
  }
}

TEST_F(FileStorageTest, WhatNobodyNeedsIsNotRead) {
  auto files = storage(0);
  files->store(sample(7));
  // Of each subtask, in the order of operators.
  fs::remove(fs::path(files->location(7)) / "state-2");
  EXPECT_THROW(files->load(7), DamagedCheckpoint);
  const LoadOptions options{.needs = [](const std::string& id) { return id == "1"; }};
  const Checkpoint loaded = files->load(7, options);
  Checkpoint expected = sample(7);
  expected.operators[1].subtasks[0].state = nullptr;
  expect_same(loaded, expected);
}

TEST_F(FileStorageTest, TheNewestIsFoundFirst) {
  auto files = storage();
  for (uint64_t id : {9, 10, 11}) {
    files->store(sample(id));
    fs::last_write_time(fs::path(files->location(id)) / "_metadata",
                        fs::file_time_type(std::chrono::seconds(static_cast<int64_t>(id))));
  }
  std::vector<fs::path> expected;
  for (uint64_t id : {11, 10, 9}) expected.push_back(files->location(id));
  EXPECT_EQ(found(), expected);
  for (const fs::path& checkpoint : expected) {
    fs::last_write_time(checkpoint / "_metadata", fs::file_time_type(std::chrono::seconds(1)));
  }
  EXPECT_EQ(found(), expected);
  EXPECT_TRUE(find_checkpoints(Location(folder_) / "nowhere").empty());
}

TEST_F(FileStorageTest, OnlyCheckpointsAreFoundOfItselfAndOfItsJobs) {
  auto files = storage();
  files->store(sample(1));
  const fs::path checkpoint = files->location(1);
  for (const char* name : {"savepoint-2a0000-123456789abc", "chk-", "chk-x", "chk-1x", "chk--1"}) {
    store_checkpoint(sample(2), Location(folder_) / name, 100);
  }
  store_checkpoint(sample(2), Location(folder_) / "deeper" / "than" / "chk-2", 100);
  EXPECT_EQ(found(), std::vector{checkpoint});
  EXPECT_EQ(find_checkpoints(checkpoint.parent_path()).at(0).path(), checkpoint);
}

TEST_F(FileStorageTest, WhatCannotBeReadIsNotTakenForDamage) {
  auto files = storage();
  files->store(sample(1));
  const fs::path state = fs::path(files->location(1)) / "state-1";
  fs::remove(state);
  EXPECT_THROW(files->load(1), DamagedCheckpoint);
  fs::create_directory(state);
  EXPECT_THROW(files->load(1), FileError);
}

TEST(LocationTest, PartsOfAPath) {
  for (std::string root : {"s3://bucket/jobs", "/jobs", "jobs"}) {
    Location chk = Location(local_file_system(), root + "/") / "chk-1";
    EXPECT_EQ(chk.path(), root + "/chk-1");
    EXPECT_EQ(chk.name(), "chk-1");
    EXPECT_EQ(chk.parent().path(), root);
  }
  EXPECT_EQ(Location(fs::path("/a")).parent().path(), "/");
  EXPECT_EQ(Location(fs::path("a")).parent().path(), ".");
  EXPECT_EQ(Location(fs::path("a/b/")).name(), "b");
  EXPECT_EQ(Location(fs::path("a/b/")).parent().path(), "a");
}

TEST_F(FileStorageTest, WithoutMetadataAFolderIsNoCheckpoint) {
  auto files = storage();
  files->store(sample(1));
  fs::remove(fs::path(files->location(1)) / "_metadata");
  EXPECT_TRUE(found().empty());
  EXPECT_THROW(load_checkpoint(fs::path(files->location(1))), Error);
}

TEST_F(FileStorageTest, WhatCannotBeStoredLeavesNothingBehind) {
  fs::create_directories(folder_.parent_path());
  std::ofstream(folder_) << "a file where a folder should be";
  EXPECT_THROW(storage()->store(sample(1)), Error);
  fs::remove(folder_);
  EXPECT_TRUE(found().empty());
}

/// Every file of it, cut at any place, or with any bit flipped, gone, or another one in its place.
TEST_F(FileStorageTest, DamageIsAlwaysFound) {
  auto files = storage();
  files->store(sample(1));
  std::vector<std::pair<fs::path, std::string>> parts;
  for (const auto& part : fs::directory_iterator(files->location(1))) {
    parts.emplace_back(part.path(), read_whole(part.path()));
  }
  ASSERT_EQ(parts.size(), 2U);
  auto write = [](const fs::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  };
  std::mt19937_64 random(5);
  for (int round = 0; round < 2'000; ++round) {
    size_t which = random() % 2;
    const auto& [path, bytes] = parts[which];
    std::string damaged = bytes;
    switch (random() % 4) {
      case 0:
        fs::remove(path);
        break;
      case 1:
        write(path, parts[1 - which].second);
        break;
      case 2:
        write(path, std::string_view(bytes).substr(0, random() % bytes.size()));
        break;
      default:
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
        write(path, damaged);
    }
    EXPECT_THROW(files->load(1), Error) << "round " << round;
    write(path, bytes);
  }
  expect_same(files->load(1), sample(1));
}

TEST_F(FileStorageTest, ALaterVersionIsNamed) {
  auto files = storage();
  files->store(sample(1));
  fs::path metadata = fs::path(files->location(1)) / "_metadata";
  std::string bytes = read_whole(metadata);
  bytes[4] = 9;
  write_durably(metadata, {bytes});
  try {
    files->load(1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("version 9"), std::string::npos) << error.what();
  }
}

TEST(MemoryStorageTest, KeepsWhatIsSmall) {
  auto memory = make_memory_checkpoint_storage(4'000);
  memory->store(sample(1));
  expect_same(memory->load(1), sample(1));
  memory->discard(1);
  EXPECT_THROW(memory->load(1), Error);
  EXPECT_THROW(make_memory_checkpoint_storage(100)->store(sample(1)), Error);
}

TEST_F(FileStorageTest, RefusesLargeStateWhereThereIsALimit) {
  const FileStorageOptions options{folder_, 1 << 20, 100};
  auto storage = make_file_checkpoint_storage(options, sample(1).job);
  EXPECT_THROW(storage->store(sample(1)), Error);
  EXPECT_TRUE(find_checkpoints(folder_).empty());
}

}  // namespace
}  // namespace pf::testing
