#include "control/checkpoint/shared_file_registry.h"

#include <random>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Names = std::vector<std::string>;

TEST(SharedFileRegistryTest, AFileGoesWithTheLastCheckpointThatRefersToIt) {
  SharedFileRegistry files;
  EXPECT_FALSE(files.refer(1, "a"));
  files.add(1, {"a", 10, 7});
  files.add(1, {"b", 20, 8});
  auto known = files.refer(2, "a");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->size, 10U);
  EXPECT_EQ(known->checksum, 7U);
  EXPECT_EQ(files.forget(1), Names{"b"});
  EXPECT_EQ(files.forget(2), Names{"a"});
  EXPECT_EQ(files.files(), 0U);
}

TEST(SharedFileRegistryTest, WhatIsGivenUpTakesOnlyItsOwn) {
  SharedFileRegistry files;
  files.add(1, {"old", 1, 1});
  files.refer(2, "old");
  files.add(2, {"new", 1, 1});
  files.refer(3, "new");  // while 2 is still being written
  EXPECT_EQ(files.forget(2), Names{});
  EXPECT_TRUE(files.refer(3, "old"));
  EXPECT_EQ(files.forget(1), Names{});
  EXPECT_EQ(files.forget(3), (Names{"new", "old"}));
}

TEST(SharedFileRegistryTest, AReferenceTwiceIsOne) {
  SharedFileRegistry files;
  files.add(1, {"a", 1, 1});
  files.refer(1, "a");
  EXPECT_EQ(files.forget(1), Names{"a"});
  EXPECT_EQ(files.forget(1), Names{});
}

TEST(SharedFileRegistryTest, WhatAnotherJobHasStoredIsKnownByItsPlainName) {
  SharedFileRegistry files;
  files.add(1, {"job/a", 10, 7});
  EXPECT_EQ(files.refer(2, "a")->name, "job/a");
  EXPECT_EQ(files.forget(1), Names{});
  EXPECT_EQ(files.forget(2), Names{"job/a"});
}

TEST(SharedFileRegistryTest, AFileThatIsGoneIsStoredAnew) {
  SharedFileRegistry files;
  files.add(1, {"a", 1, 1});
  files.forget(1);
  EXPECT_FALSE(files.refer(2, "a"));
  files.add(2, {"a", 1, 1});
  EXPECT_EQ(files.forget(2), Names{"a"});
}

TEST(SharedFileRegistryTest, WhateverTheOrderAFileIsThereAsLongAsItIsNeededAndNoLonger) {
  std::mt19937 random(1);
  SharedFileRegistry files;
  std::map<uint64_t, std::set<std::string>> needed;
  std::set<std::string> stored;
  for (int step = 0; step < 100'000; ++step) {
    const uint64_t checkpoint = random() % 6;
    if (random() % 4 == 0) {
      for (const std::string& gone : files.forget(checkpoint)) ASSERT_EQ(stored.erase(gone), 1U);
      needed.erase(checkpoint);
    } else {
      const std::string name = std::to_string(random() % 8);
      if (!files.refer(checkpoint, name)) {
        ASSERT_TRUE(stored.insert(name).second);
        files.add(checkpoint, {name, 1, 1});
      }
      needed[checkpoint].insert(name);
    }
    std::set<std::string> all;
    for (const auto& [id, names] : needed) all.insert(names.begin(), names.end());
    ASSERT_EQ(stored, all) << "step " << step;
  }
}

}  // namespace
}  // namespace pf::testing
