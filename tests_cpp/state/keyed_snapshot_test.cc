#include "state/keyed_snapshot.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pf::testing {
namespace {

std::string some_snapshot() {
  KeyedSnapshotWriter out(128);
  out.begin_state({"a", R"({"type":"LONG"})", true, false});
  out.add_row({7, "entry", "map key", "value"});
  out.add_row({300, "other", "", ""});
  out.begin_state({"b", "", false, true});
  return out.finish();
}

TEST(KeyedSnapshotTest, GivesBackWhatWasWritten) {
  KeyedSnapshot snapshot(some_snapshot());
  EXPECT_EQ(snapshot.max_parallelism(), 128U);
  ASSERT_EQ(snapshot.states().size(), 2U);
  const KeyedSnapshot::State& state = snapshot.states()[0];
  EXPECT_EQ(state.name, "a");
  EXPECT_EQ(state.schema, R"({"type":"LONG"})");
  EXPECT_TRUE(state.has_ttl);
  EXPECT_FALSE(state.is_list);
  std::vector<std::string> rows;
  snapshot.for_each_row(state, [&](const KeyedRow& row) {
    rows.push_back(std::to_string(row.key_group) + "|" + std::string(row.entry) + "|" +
                   std::string(row.map_key) + "|" + std::string(row.value));
  });
  EXPECT_EQ(rows, (std::vector<std::string>{"7|entry|map key|value", "300|other||"}));
  EXPECT_TRUE(snapshot.states()[1].is_list);
}

TEST(KeyedSnapshotTest, ACutSnapshotIsRefusedWhereverItIsCut) {
  std::string whole = some_snapshot();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(KeyedSnapshot(whole.substr(0, size)), Error) << size;
  }
  EXPECT_THROW(KeyedSnapshot(whole + "x"), Error);
}

TEST(KeyedSnapshotTest, AForeignFileAndALaterVersionAreNamed) {
  EXPECT_THROW(KeyedSnapshot("PK\x03\x04 something else"), Error);
  std::string later = some_snapshot();
  later[4] = 9;
  try {
    KeyedSnapshot snapshot(later);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("version 9"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pf::testing
