// Files that checkpoints share, of several jobs in one folder.

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/durable_file.h"
#include "control/checkpoint/checkpoint_leftovers.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

JobId job_of(uint8_t number) {
  JobId job;
  job.bytes[0] = number;
  return job;
}

/// Refers to shared files, by the names that its job gives them.
Checkpoint sharing(uint8_t job, uint64_t id, const std::vector<std::string>& names) {
  auto files = std::make_shared<KeyedFiles>();
  for (const std::string& name : names) files->shared.push_back({name, {name, name.size(), crc32c(name)}});
  KeyedSnapshotWriter rest(128);
  files->rest = std::make_shared<KeyedSnapshot>(rest.finish());
  Checkpoint checkpoint{job_of(job), id, 0, 0, {{"op", "Op", 128, "", {}}}};
  checkpoint.operators[0].subtasks.push_back(
      {std::make_shared<OperatorSnapshot>(OperatorSnapshot{.files = files}), false});
  return checkpoint;
}

class SharedFilesTest : public ::testing::Test {
 protected:
  ~SharedFilesTest() override { fs::remove_all(folder_); }
  std::unique_ptr<CheckpointStorage> storage(uint8_t job) {
    return make_file_checkpoint_storage({folder_, 1 << 20}, job_of(job));
  }
  Location folder_of(uint8_t job) const { return Location(folder_) / job_of(job).hex(); }
  /// Leaves a checkpoint that shares files, of which the job's own have their names as content.
  Location leave(uint8_t job, uint64_t id, const std::vector<std::string>& names) {
    auto files = storage(job);
    for (const std::string& name : names) {
      if (name.find('/') == std::string::npos) files->put_shared(name, name);
    }
    files->store(sharing(job, id, names));
    return Location(fs::path(files->location(id)));
  }
  std::set<std::string> shared(uint8_t job) const {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(fs::path(folder_of(job).path()) / "shared")) {
      names.insert(file.path().filename());
    }
    return names;
  }
  static std::vector<SharedFile> files(const std::vector<std::string>& names) {
    std::vector<SharedFile> files;
    for (const std::string& name : names) files.push_back({name, name.size(), crc32c(name)});
    return files;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("pyflinkpp-checkpoints-" + JobId::random().hex());
};

TEST_F(SharedFilesTest, FilesGoOnUnderTheJobThatHasThem) {
  leave(1, 5, {"a.sst", "b.sst"});
  auto second = storage(2);
  auto taken = second->take_over(folder_of(1) / "chk-5", files({"a.sst", "b.sst"}));
  ASSERT_TRUE(taken);
  const std::string a = job_of(1).hex() + "/a.sst", b = job_of(1).hex() + "/b.sst";
  EXPECT_EQ((*taken)[0].name, a);
  second->store(sharing(2, 6, {a}));
  second->close(/*is_empty=*/false);
  auto third = storage(3);
  taken = third->take_over(folder_of(2) / "chk-6", files({a}));
  ASSERT_TRUE(taken);
  EXPECT_EQ((*taken)[0].name, a);
  remove_checkpoint(folder_of(1) / "chk-5", /*with_shared=*/false);
  third->remove_shared({a, b});
  EXPECT_EQ(shared(1), std::set<std::string>{"a.sst"}) << "the second job's checkpoint refers to it";
  remove_checkpoint(folder_of(2) / "chk-6", /*with_shared=*/false);
  third->remove_shared({a});
  EXPECT_EQ(shared(1), std::set<std::string>{});
}

TEST_F(SharedFilesTest, WhatSomebodyUsesOrLiesElsewhereIsNotTaken) {
  const Location checkpoint = leave(1, 5, {"a.sst"});
  auto of_first = storage(1);
  of_first->put_shared("b.sst", "b.sst");
  auto second = storage(2);
  EXPECT_FALSE(second->take_over(checkpoint, files({"a.sst"}))) << "the first job runs";
  of_first->close(/*is_empty=*/false);
  EXPECT_TRUE(second->take_over(checkpoint, files({"a.sst"})));
  EXPECT_FALSE(storage(3)->take_over(checkpoint, files({"a.sst"}))) << "the second one has it";
  second->close(/*is_empty=*/false);
  auto elsewhere = make_file_checkpoint_storage({folder_ / "elsewhere", 100}, job_of(4));
  EXPECT_FALSE(elsewhere->take_over(checkpoint, files({"a.sst"})));
  // Files of a third job, which runs.
  auto of_third = storage(5);
  of_third->put_shared("c.sst", "c.sst");
  EXPECT_FALSE(storage(6)->take_over(checkpoint, files({"a.sst", job_of(5).hex() + "/c.sst"})));
}

TEST_F(SharedFilesTest, WhereACheckpointCannotBeReadNothingIsRemoved) {
  leave(1, 5, {"a.sst"});
  auto second = storage(2);
  ASSERT_TRUE(second->take_over(folder_of(1) / "chk-5", files({"a.sst"})));
  remove_checkpoint(folder_of(1) / "chk-5", /*with_shared=*/false);
  const fs::path unreadable = fs::path(leave(3, 1, {}).path()) / "_metadata";
  std::string bytes = read_whole(unreadable);
  bytes[4] = 9;
  write_durably(unreadable, {bytes});
  second->remove_shared({job_of(1).hex() + "/a.sst"});
  EXPECT_EQ(shared(1), std::set<std::string>{"a.sst"});
}

TEST_F(SharedFilesTest, AClaimedCheckpointTakesOnlyFilesThatNoJobBesideItRefersTo) {
  leave(1, 5, {"a.sst", "b.sst", "c.sst"});
  leave(1, 6, {"b.sst"});
  leave(2, 7, {job_of(1).hex() + "/c.sst"});
  remove_checkpoint(folder_of(1) / "chk-5");
  EXPECT_EQ(shared(1), (std::set<std::string>{"b.sst", "c.sst"}));
}

// -- What a killed process has left

TEST_F(SharedFilesTest, OnlyWhatNoCompleteCheckpointRefersToIsRemoved) {
  const std::string of_first = job_of(1).hex() + "/";
  leave(1, 4, {"old.sst"});
  const Location latest = leave(1, 5, {"a.sst"});
  leave(2, 9, {of_first + "taken.sst"});
  const fs::path job = folder_of(1).path();
  auto write = [](const fs::path& file, std::string_view bytes) {
    fs::create_directories(file.parent_path());
    write_durably(file, {bytes});
  };
  write(job / "shared" / "taken.sst", "1");
  write(job / "shared" / "garbage.sst", "12345");
  write(job / "shared" / "half.sst.unfinished", "12");
  write(job / "shared" / "somebody's", "1");
  write(job / "chk-6" / "state-1", "123");
  write(job / "chk-6" / "_metadata.unfinished", "1234");
  write(job / "chk-7" / "state-1", "123");
  write(job / "chk-7" / "somebody's", "1");
  write(job / "chk-x" / "state-1", "1");
  write(fs::path(folder_of(2).path()) / "shared" / "another.sst", "1");
  write(fs::path(folder_of(2).path()) / "chk-10" / "state-1", "1");

  const Leftovers gone = remove_leftovers(latest);
  EXPECT_EQ(gone.files, 4U);
  EXPECT_EQ(gone.bytes, 5U + 2U + 3U + 4U);
  EXPECT_EQ(shared(1), (std::set<std::string>{"a.sst", "old.sst", "somebody's", "taken.sst"}));
  EXPECT_FALSE(fs::exists(job / "chk-6"));
  EXPECT_TRUE(fs::exists(job / "chk-7" / "state-1"));
  EXPECT_TRUE(fs::exists(job / "chk-x" / "state-1"));
  EXPECT_TRUE(fs::exists(job / "chk-4" / "_metadata"));
  EXPECT_EQ(shared(2), std::set<std::string>{"another.sst"});
  EXPECT_TRUE(fs::exists(fs::path(folder_of(2).path()) / "chk-10"));
  EXPECT_EQ(remove_leftovers(latest).files, 0U);
}

TEST_F(SharedFilesTest, WhereSomebodyMightNeedItNothingIsRemoved) {
  auto of_first = storage(1);
  of_first->put_shared("a.sst", "a.sst");
  of_first->put_shared("next.sst", "that of a checkpoint which is being written");
  of_first->store(sharing(1, 5, {"a.sst"}));
  const Location latest(fs::path(of_first->location(5)));
  EXPECT_EQ(remove_leftovers(latest).files, 0U) << "the job runs";
  of_first->close(/*is_empty=*/false);
  auto second = storage(2);
  ASSERT_TRUE(second->take_over(latest, files({"a.sst"})));
  EXPECT_EQ(remove_leftovers(latest).files, 0U) << "another job goes on with it";
  second->close(/*is_empty=*/false);

  const fs::path metadata = fs::path(latest.path()) / "_metadata";
  const std::string bytes = read_whole(metadata);
  std::string before = bytes;
  before[4] = 3;
  write_durably(metadata, {before});
  EXPECT_EQ(remove_leftovers(latest).files, 0U) << "a release that did not lock";
  write_durably(metadata, {bytes});

  const fs::path other = fs::path(leave(3, 1, {}).path()) / "_metadata";
  write_durably(other, {"what is this?"});
  EXPECT_EQ(remove_leftovers(latest).files, 0U) << "nobody knows what that one needs";
  fs::remove(other);
  EXPECT_EQ(remove_leftovers(latest).files, 1U);
  EXPECT_EQ(shared(1), std::set<std::string>{"a.sst"});
}

TEST_F(SharedFilesTest, JobsThatWentOnFromItAndDiedBeforeTheyHadACheckpointLeaveNothing) {
  const Location latest = leave(1, 5, {"a.sst"});
  auto begin = [this](uint8_t job, uint8_t origin) {
    auto files = storage(job);
    files->goes_on_from(job_of(origin));
    files->put_shared("b.sst", "123");
    return files;
  };
  // As if they had been killed: nothing is closed.
  begin(2, 1);
  begin(3, 7);
  begin(4, 1)->store(sharing(4, 6, {}));
  auto running = begin(5, 1);
  leave(6, 1, {"c.sst"});
  EXPECT_EQ(remove_leftovers(latest).bytes, 3U);
  EXPECT_FALSE(fs::exists(folder_of(2).path()));
  for (uint8_t job : {3, 4, 5}) EXPECT_EQ(shared(job), std::set<std::string>{"b.sst"});
  EXPECT_EQ(shared(6), std::set<std::string>{"c.sst"});
  const fs::path origin = fs::path(folder_of(5).path()) / "_origin";
  EXPECT_TRUE(fs::exists(origin));
  running->close(/*is_empty=*/true);
  EXPECT_FALSE(fs::exists(origin)) << "an end is no death";
}

TEST_F(SharedFilesTest, WhatIsLeftOfThoseThatItGoesBackToIsRemoved) {
  const std::string of_second = job_of(2).hex() + "/";
  auto begin = [this](uint8_t job, uint8_t origin, const Checkpoint& checkpoint) {
    auto files = storage(job);
    if (origin > 0) files->goes_on_from(job_of(origin));
    for (const char* name : {"needed.sst", "unneeded.sst"}) files->put_shared(name, name);
    files->store(checkpoint);
    return Location(fs::path(files->location(checkpoint.id)));
  };
  remove_checkpoint(begin(1, 0, sharing(1, 4, {})), /*with_shared=*/false);
  remove_checkpoint(begin(2, 1, sharing(2, 5, {})), /*with_shared=*/false);
  const Location latest = begin(3, 2, sharing(3, 6, {of_second + "needed.sst", "needed.sst"}));
  EXPECT_EQ(remove_leftovers(latest).files, 4U);
  EXPECT_FALSE(fs::exists(folder_of(1).path()));
  for (uint8_t job : {2, 3}) EXPECT_EQ(shared(job), std::set<std::string>{"needed.sst"});
}

}  // namespace
}  // namespace pf::testing
