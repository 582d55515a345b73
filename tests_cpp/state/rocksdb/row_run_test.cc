#include "state/rocksdb/row_run.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Change = RowRun::Change;

TEST(RowRun, GivesWhatAllChangesOfARowComeToInTheOrderOfKeys) {
  std::mt19937 random(1);
  auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  for (int round = 0; round < 200; ++round) {
    RowRun run;
    std::map<std::string, std::pair<Change, std::string>> expected;
    for (uint32_t i = below(200); i > 0; --i) {
      // Keys that are the beginnings of others, and differ where few bytes are at hand.
      std::string key(below(3) * 8, '\0');
      key.append(below(3), static_cast<char>(below(2) * 0xff));
      const std::string value(below(3), static_cast<char>('a' + below(26)));
      const auto change = static_cast<Change>(below(3));
      run.add(1, change, key, change == Change::kRemove ? "" : value);
      auto [row, is_first] = expected.try_emplace(key, Change::kAppend, "");
      auto& [is, has] = row->second;
      switch (change) {
        case Change::kPut:
          row->second = {Change::kPut, value};
          break;
        case Change::kRemove:
          row->second = {Change::kRemove, ""};
          break;
        case Change::kAppend:
          if (is == Change::kRemove) is = Change::kPut;
          has += value;
          break;
      }
    }
    if (run.empty()) continue;
    ASSERT_EQ(run.changes(0), 0U);
    std::vector<std::pair<std::string, std::pair<Change, std::string>>> rows;
    run.for_each_row(1, [&](Change change, std::string_view key, std::string_view value) {
      rows.emplace_back(key, std::pair(change, std::string(value)));
    });
    ASSERT_EQ(rows, decltype(rows)(expected.begin(), expected.end()));
  }
}

}  // namespace
}  // namespace pf::testing
