#include "state/rocksdb/row_table.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Content = RowTable::Content;

TEST(RowTable, KnowsWhatIsNowhereUntilItForgets) {
  RowTable table;
  table.append(0, "k", "a", 1);
  table.append(0, "k", "b", 1);
  ASSERT_NE(table.find(0, "k"), nullptr);
  EXPECT_EQ(table.find(0, "k")->value(), "ab");
  EXPECT_EQ(table.find(1, "k"), nullptr);
  table.put_absent(0, "gone", 1);
  EXPECT_TRUE(table.is_complete());

  table.shrink(0, 0);  // nothing is written
  EXPECT_NE(table.find(0, "k"), nullptr);
  table.shrink(0, 1);
  EXPECT_EQ(table.find(0, "k"), nullptr);
  EXPECT_FALSE(table.is_complete());
  table.append(0, "k", "c", 2);
  EXPECT_EQ(table.find(0, "k")->content(), Content::kUnknown);
  table.put(0, "k", "d", 2);
  table.append(0, "k", "e", 2);
  EXPECT_EQ(table.find(0, "k")->value(), "de");
}

TEST(RowTable, WhatIsAbsentEverywhereMayBeForgotten) {
  RowTable table;
  table.put_absent(0, "k", 1);
  table.shrink(0, 1);
  EXPECT_EQ(table.find(0, "k"), nullptr);
  EXPECT_TRUE(table.is_complete());
}

TEST(RowTable, IsAMapThatKeepsWhatIsNotWritten) {
  struct Known {
    std::string value;
    bool present;
    uint32_t run;
  };
  RowTable table;
  std::map<std::pair<StateId, std::string>, Known> known;
  std::mt19937 random(1);
  auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  uint32_t run = 1;
  for (int i = 0; i < 100'000; ++i) {
    const StateId state = below(3);
    const std::string key = std::string(below(30), 'k') + std::to_string(below(100));
    const std::string value(below(60), static_cast<char>('a' + below(26)));
    auto row = known.find({state, key});
    switch (below(4)) {
      case 0:
        table.put(state, key, value, run);
        known[{state, key}] = {value, true, run};
        break;
      case 1:
        table.put_absent(state, key, run);
        known[{state, key}] = {{}, false, run};
        break;
      case 2:
        // Of a row that has been forgotten, what comes of it is unknown.
        if (!table.find(state, key) && !table.is_complete()) break;
        table.append(state, key, value, run);
        row = known.try_emplace({state, key}).first;
        row->second = {row->second.value + value, true, run};
        break;
      case 3: {
        const RowTable::Row* found = table.find(state, key);
        if (found) {
          ASSERT_NE(row, known.end());
          ASSERT_EQ(found->content() == Content::kPresent, row->second.present);
          ASSERT_EQ(found->value(), row->second.value);
        } else {
          ASSERT_TRUE(row == known.end() || row->second.run < run);
          ASSERT_TRUE(!table.is_complete() || row == known.end() || !row->second.present);
        }
      }
    }
    if (below(200) == 0) ++run;
    if (below(500) == 0) {
      const size_t most = below(100'000);
      table.shrink(most, run - 1);
      for (const auto& [at, last] : known) {
        ASSERT_TRUE(last.run < run || table.find(at.first, at.second));
      }
    }
  }
}

}  // namespace
}  // namespace pf::testing
