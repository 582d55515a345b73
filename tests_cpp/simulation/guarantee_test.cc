#include "simulation/guarantee.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Texts = std::vector<std::string>;
using Mode = Guarantee::Mode;

const Texts kExpected = {"0 #1", "0 #2", "total 0 = 2", "main 7", "[0,60) 3 4"};

Texts wrong(Mode mode, const Texts& committed) {
  return Guarantee(mode).wrong_with(committed, kExpected, kExpected);
}

TEST(GuaranteeTest, OrderIsNobodysPromise) {
  const Texts committed = {"[0,60) 4 3", "main 7", "0 #2", "total 0 = 2", "0 #1"};
  EXPECT_EQ(wrong(Mode::kExactlyOnce, committed), Texts());
  EXPECT_EQ(wrong(Mode::kAtLeastOnce, committed), Texts());
}

TEST(GuaranteeTest, WhatCountsAgainIsTooMuchExactlyOnceOnly) {
  const Texts committed = {"0 #1",   "0 #2",   "0 #3",       "total 0 = 2", "total 0 = 3",
                           "main 7", "main 7", "[0,60) 3 4", "[0,60) 4"};
  EXPECT_EQ(wrong(Mode::kExactlyOnce, committed),
            (Texts{"too much: 0 #3", "too much: [0,60) 4", "too much: main 7", "too much: total 0 = 3"}));
  EXPECT_EQ(wrong(Mode::kAtLeastOnce, committed), Texts());
}

TEST(GuaranteeTest, NothingMayBeLost) {
  EXPECT_EQ(wrong(Mode::kAtLeastOnce, {"0 #2", "total 0 = 1", "main 7", "[0,60) 3"}),
            (Texts{"lost: 0 #1", "lost: [0,60) 4", "lost: total 0 #2"}));
}

TEST(GuaranteeTest, NothingMayBeMadeUp) {
  Texts committed = kExpected;
  for (const char* text : {"1 #1", "main 8", "[0,60) 5", "[60,120) 3"}) committed.emplace_back(text);
  EXPECT_EQ(wrong(Mode::kAtLeastOnce, committed),
            (Texts{"nobody expected: 1 #1", "nobody expected: [0,60) 5", "nobody expected: [60,120) 3",
                   "nobody expected: main 8"}));
}

TEST(GuaranteeTest, WhatWasCommittedBehindTheDrainIsNotMadeUp) {
  const Texts committed = {"main 7", "main 8"};
  EXPECT_EQ(Guarantee(Mode::kAtLeastOnce).wrong_with(committed, {"main 7"}, {"main 7", "main 8"}), Texts());
  EXPECT_EQ(Guarantee(Mode::kExactlyOnce).wrong_with(committed, {"main 7"}, {"main 7", "main 8"}),
            Texts{"too much: main 8"});
}

TEST(GuaranteeTest, AtLeastOnceARecordCountsOnceInEachLifeAtMost) {
  Guarantee guarantee(Mode::kAtLeastOnce);
  guarantee.begin_life();
  guarantee.begin_life();
  const auto before = guarantee.times_counted(/*is_before=*/true, /*is_one_with_source=*/false);
  EXPECT_EQ(before.least, 1);
  EXPECT_EQ(before.most, 2);
  const auto behind = guarantee.times_counted(/*is_before=*/false, /*is_one_with_source=*/false);
  EXPECT_EQ(behind.least, 0);
  EXPECT_EQ(behind.most, 2);
  EXPECT_EQ(guarantee.times_counted(/*is_before=*/false, /*is_one_with_source=*/true).most, 0);
}

}  // namespace
}  // namespace pf::testing
