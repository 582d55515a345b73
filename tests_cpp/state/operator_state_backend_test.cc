#include "state/operator_state_backend.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "base/error.h"

namespace pf::testing {
namespace {

using Numbers = std::vector<int64_t>;

Numbers numbers_of(const OperatorListState& state) {
  Numbers numbers;
  for (Datum item : state.items()) numbers.push_back(static_cast<int64_t>(item.word));
  return numbers;
}

OperatorListState& declare(OperatorStateBackend& backend, const std::string& name,
                           Redistribution redistribution = Redistribution::kSplit) {
  return backend.declare(name, redistribution, make_long_serializer());
}

void fill(OperatorListState& state, const Numbers& numbers) {
  std::vector<Datum> items;
  for (int64_t number : numbers) items.push_back({static_cast<uint64_t>(number)});
  state.update(std::move(items));
}

/// What all subtasks hold of a state after a restore at some parallelism.
std::vector<Numbers> dealt_out(const OperatorStateBackend::Restored& from, uint32_t parallelism,
                               const std::string& name,
                               Redistribution redistribution = Redistribution::kSplit) {
  std::vector<Numbers> all;
  for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
    OperatorStateBackend backend(subtask, parallelism, from);
    all.push_back(numbers_of(declare(backend, name, redistribution)));
  }
  return all;
}

/// The snapshots of as many subtasks as there are lists.
OperatorStateBackend::Restored snapshots_of(const std::string& name, const std::vector<Numbers>& lists,
                                            Redistribution redistribution = Redistribution::kSplit) {
  OperatorStateBackend::Restored snapshots;
  for (const Numbers& numbers : lists) {
    OperatorStateBackend backend(0, 1, {});
    fill(declare(backend, name, redistribution), numbers);
    snapshots.push_back(backend.snapshot());
  }
  return snapshots;
}

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OperatorStateBackendTest, AtTheSameParallelismEachSubtaskHasWhatItHad) {
  auto before = snapshots_of("s", {{1, 2, 3}, {}, {4}});
  EXPECT_EQ(dealt_out(before, 3, "s"), (std::vector<Numbers>{{1, 2, 3}, {}, {4}}));
}

TEST(OperatorStateBackendTest, AtAnotherParallelismItemsAreDealtOutInRuns) {
  auto before = snapshots_of("s", {{1, 2, 3}, {4, 5}});
  EXPECT_EQ(dealt_out(before, 3, "s"), (std::vector<Numbers>{{1, 2}, {3, 4}, {5}}));
  EXPECT_EQ(dealt_out(before, 1, "s"), (std::vector<Numbers>{{1, 2, 3, 4, 5}}));
}

TEST(OperatorStateBackendTest, OddItemsOfTheNextStateGoToTheNextSubtasks) {
  OperatorStateBackend backend(0, 1, {});
  fill(declare(backend, "a"), {1, 2});
  fill(declare(backend, "b"), {3, 4});
  OperatorStateBackend::Restored before{backend.snapshot()};
  EXPECT_EQ(dealt_out(before, 3, "a"), (std::vector<Numbers>{{1}, {2}, {}}));
  EXPECT_EQ(dealt_out(before, 3, "b"), (std::vector<Numbers>{{4}, {}, {3}}));
}

TEST(OperatorStateBackendTest, EverySubtaskHasAllOfAUnion) {
  auto before = snapshots_of("u", {{1}, {2, 3}}, Redistribution::kUnion);
  for (uint32_t parallelism : {1U, 2U, 3U}) {
    for (const Numbers& numbers : dealt_out(before, parallelism, "u", Redistribution::kUnion)) {
      EXPECT_EQ(numbers, (Numbers{1, 2, 3}));
    }
  }
}

TEST(OperatorStateBackendTest, RescalingKeepsEveryItemOnceAndSharesDifferByOne) {
  std::mt19937 random(11);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Numbers> lists(1 + random() % 6);
    int64_t next = 0;
    for (Numbers& list : lists) {
      for (size_t size = random() % 7; size > 0; --size) list.push_back(next++);
    }
    const auto parallelism = static_cast<uint32_t>(1 + random() % 8);
    std::vector<Numbers> after = dealt_out(snapshots_of("s", lists), parallelism, "s");
    if (parallelism == lists.size()) {
      EXPECT_EQ(after, lists);
      continue;
    }
    Numbers all;
    for (const Numbers& share : after) {
      EXPECT_GE(share.size(), static_cast<size_t>(next) / parallelism);
      EXPECT_LE(share.size(), static_cast<size_t>(next) / parallelism + 1);
      all.insert(all.end(), share.begin(), share.end());
    }
    Numbers expected(static_cast<size_t>(next));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
  }
}

TEST(OperatorStateBackendTest, UndeclaredStateIsCarriedOnAndAUnionDoesNotGrow) {
  OperatorStateBackend first(0, 1, {});
  fill(declare(first, "s"), {1, 2, 3});
  fill(declare(first, "u", Redistribution::kUnion), {7, 8});
  OperatorStateBackend::Restored before{first.snapshot()};
  OperatorStateBackend::Restored again;
  for (uint32_t subtask : {0U, 1U}) again.push_back(OperatorStateBackend(subtask, 2, before).snapshot());
  EXPECT_EQ(dealt_out(again, 1, "s"), (std::vector<Numbers>{{1, 2, 3}}));
  EXPECT_EQ(dealt_out(again, 1, "u", Redistribution::kUnion), (std::vector<Numbers>{{7, 8}}));
}

TEST(OperatorStateBackendTest, AnEmptyStateIsRestoredToo) {
  auto before = snapshots_of("s", {{}});
  OperatorStateBackend backend(0, 1, before);
  EXPECT_TRUE(backend.was_restored("s"));
  EXPECT_FALSE(backend.was_restored("t"));
  EXPECT_EQ(OperatorStateBackend(0, 1, {}).snapshot(), nullptr);
}

TEST(OperatorStateBackendTest, AnotherTypeOrRedistributionIsRefusedByName) {
  auto before = snapshots_of("s", {{1}});
  OperatorStateBackend backend(0, 1, before);
  EXPECT_NE(
      message_of([&] {
        backend.declare("s", Redistribution::kSplit, make_double_serializer());
      }).find(R"('s' is in the snapshot with type {"type":"LONG"}, and now has type {"type":"DOUBLE"})"),
      std::string::npos);
  EXPECT_NE(message_of([&] {
              declare(backend, "s", Redistribution::kUnion);
            }).find("'s' is in the snapshot as a list state, and now is a union list state"),
            std::string::npos);
  OperatorListState& state = declare(backend, "s");
  EXPECT_EQ(&declare(backend, "s"), &state);
  EXPECT_NE(message_of([&] {
              backend.declare("s", Redistribution::kSplit, make_double_serializer());
            }).find("was declared before with type"),
            std::string::npos);
}

TEST(OperatorListSnapshotTest, DamagedBytesAreRefused) {
  const std::string good = snapshots_of("s", {{1, 2}}).front()->bytes();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(OperatorListSnapshot(good.substr(0, size)), Error) << size;
  }
  EXPECT_THROW(OperatorListSnapshot(good + "x"), Error);
  std::string later = good;
  later[4] = 2;
  EXPECT_NE(message_of([&] { OperatorListSnapshot snapshot(later); }).find("version 2"), std::string::npos);
}

}  // namespace
}  // namespace pf::testing
