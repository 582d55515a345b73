#include "state/entry_table.h"

#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace pf {
namespace {

using Table = EntryTable<int>;

TEST(EntryTableTest, HoldsWhatAMapWouldHold) {
  Table table;
  std::map<std::string, int> model;
  std::mt19937 random(1);
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = std::to_string(random() % 1'000);
    Table::Node* found = table.find(key);
    ASSERT_EQ(found != nullptr, model.contains(key));
    if (found) {
      ASSERT_EQ(found->value, model[key]);
    }
    if (found && random() % 2 == 0) {
      table.erase(*found);
      model.erase(key);
    } else if (!found) {
      table.add(key, Table::hash_of(key)).value = model[key] = step;
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::map<std::string, int> shown;
  table.for_each([&](const Table::Node& node) { shown.emplace(node.key, node.value); });
  EXPECT_EQ(shown, model);
}

TEST(EntryTableTest, NodesStayWhereTheyAreAsItGrows) {
  Table table;
  Table::Node& first = table.add("first", Table::hash_of("first"));
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = std::to_string(i);
    table.add(key, Table::hash_of(key));
  }
  EXPECT_EQ(table.find("first"), &first);
}

TEST(EntryTableTest, AWalkSeesWhatWasThereAllTheTimeWhateverComesAndGoes) {
  Table table;
  for (int i = 0; i < 40; ++i) {
    const std::string key = "stays" + std::to_string(i);
    table.add(key, Table::hash_of(key));
  }
  const size_t buckets = table.bucket_count();
  std::set<std::string> seen;
  for (size_t number = 0; number < buckets; ++number) {
    for (const Table::Node* node = table.bucket(number); node; node = node->next) seen.insert(node->key);
    const std::string key = "comes" + std::to_string(number % 20);
    if (Table::Node* before = table.find(key)) {
      table.erase(*before);
    } else {
      table.add(key, Table::hash_of(key));
    }
  }
  ASSERT_EQ(table.bucket_count(), buckets);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(seen.contains("stays" + std::to_string(i)));
}

}  // namespace
}  // namespace pf
