#include "control/checkpoint/barrier_aligner.h"

#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using Mode = BarrierAligner::Mode;

Barrier barrier(uint64_t checkpoint) { return {checkpoint, 0, 0}; }
uint64_t cut(const AlignerDecision& decision) { return decision.cut ? decision.cut->checkpoint : 0; }
uint64_t given_up(const AlignerDecision& decision) { return decision.given_up.value_or(0); }

TEST(BarrierAlignerTest, TheCutIsWhereTheBarrierHasComeOnEveryChannel) {
  BarrierAligner aligner(3, Mode::kExactlyOnce);
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(5))), 0U);
  EXPECT_FALSE(aligner.is_blocked(0));
  EXPECT_TRUE(aligner.is_blocked(1));
  EXPECT_EQ(cut(aligner.on_barrier(0, barrier(5))), 0U);
  EXPECT_EQ(cut(aligner.on_barrier(2, barrier(5))), 5U);
  for (size_t i = 0; i < 3; ++i) EXPECT_FALSE(aligner.is_blocked(i));
}

TEST(BarrierAlignerTest, AnEndedChannelIsNotWaitedFor) {
  BarrierAligner aligner(3, Mode::kExactlyOnce);
  aligner.on_end(0);
  aligner.on_barrier(1, barrier(1));
  EXPECT_EQ(cut(aligner.on_end(2)), 1U);
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(2))), 2U);
}

TEST(BarrierAlignerTest, ALaterBarrierGivesUpTheOneBefore) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_barrier(0, barrier(1));
  AlignerDecision decision = aligner.on_barrier(1, barrier(2));
  EXPECT_EQ(given_up(decision), 1U);
  EXPECT_EQ(cut(decision), 0U);
  EXPECT_FALSE(aligner.is_blocked(0));
  EXPECT_TRUE(aligner.is_blocked(1));
  EXPECT_EQ(cut(aligner.on_barrier(0, barrier(2))), 2U);
}

TEST(BarrierAlignerTest, WhatWasAbortedIsNoLongerWaitedFor) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_barrier(0, barrier(1));
  EXPECT_EQ(given_up(aligner.on_abort(1)), 1U);
  EXPECT_FALSE(aligner.is_blocked(0));
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(1))), 0U);
  EXPECT_FALSE(aligner.is_blocked(1));
  aligner.on_barrier(1, barrier(2));
  EXPECT_EQ(cut(aligner.on_barrier(0, barrier(2))), 2U);
}

TEST(BarrierAlignerTest, AnAbortBeforeTheBarrierKeepsItFromBlocking) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  EXPECT_EQ(given_up(aligner.on_abort(3)), 0U);
  aligner.on_barrier(0, barrier(3));
  EXPECT_FALSE(aligner.is_blocked(0));
}

TEST(BarrierAlignerTest, AtLeastOnceNothingIsBlockedAndSeveralMayBePending) {
  BarrierAligner aligner(2, Mode::kAtLeastOnce);
  aligner.on_barrier(0, barrier(1));
  aligner.on_barrier(0, barrier(2));
  EXPECT_FALSE(aligner.is_blocked(0));
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(1))), 1U);
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(2))), 2U);
}

TEST(BarrierAlignerTest, AtLeastOnceALaterCutGivesUpThoseBefore) {
  BarrierAligner aligner(2, Mode::kAtLeastOnce);
  aligner.on_barrier(0, barrier(1));
  aligner.on_barrier(0, barrier(2));
  AlignerDecision decision = aligner.on_barrier(1, barrier(2));
  EXPECT_EQ(given_up(decision), 1U);
  EXPECT_EQ(cut(decision), 2U);
}

/// Channels of numbers and barriers, some of them lost upstream, taken in at random by whoever asks the
/// aligner.
TEST(BarrierAlignerTest, WhatIsTakenInBeforeACutIsWhatWasBeforeItsBarriers) {
  for (uint64_t seed = 0; seed < 5'000; ++seed) {
    std::mt19937_64 random(seed);
    auto any = [&](uint64_t bound) { return random() % bound; };
    size_t channels = 1 + any(4);
    uint64_t checkpoints = 1 + any(6);
    std::vector<std::deque<uint64_t>> queues(channels);  // numbers of barriers; 0: a record
    // For each channel, the records before each barrier; all, where it didn't come.
    std::vector<std::vector<size_t>> before(channels, std::vector<size_t>(checkpoints + 1));
    std::vector<bool> sent(checkpoints + 1);
    bool lost = false;
    for (size_t i = 0; i < channels; ++i) {
      uint64_t last = any(4) == 0 ? any(checkpoints + 1) : checkpoints;  // it may end early
      std::vector<bool> came(checkpoints + 1);
      size_t records = 0;
      for (uint64_t n = 1; n <= last; ++n) {
        for (uint64_t k = any(4); k > 0; --k, ++records) queues[i].push_back(0);
        before[i][n] = records;
        came[n] = any(8) != 0;
        lost |= !came[n];
        if (!came[n]) continue;
        queues[i].push_back(n);
        sent[n] = true;
      }
      for (uint64_t k = any(4); k > 0; --k, ++records) queues[i].push_back(0);
      for (uint64_t n = 1; n <= checkpoints; ++n) {
        if (!came[n]) before[i][n] = records;
      }
    }
    BarrierAligner aligner(channels, Mode::kExactlyOnce);
    std::vector<size_t> taken(channels);
    std::vector<bool> ended(channels);
    uint64_t latest = 0;
    std::vector<bool> was_cut(checkpoints + 1);
    for (size_t left = channels; left > 0;) {
      size_t i = any(channels);
      if (ended[i] || aligner.is_blocked(i)) {
        bool stuck = true;
        for (size_t k = 0; k < channels; ++k) stuck &= ended[k] || aligner.is_blocked(k);
        ASSERT_FALSE(stuck) << "seed " << seed;
        continue;
      }
      AlignerDecision decision;
      if (queues[i].empty()) {
        ended[i] = true;
        --left;
        decision = aligner.on_end(i);
      } else {
        uint64_t checkpoint = queues[i].front();
        queues[i].pop_front();
        if (checkpoint == 0) {
          ++taken[i];
          continue;
        }
        decision = aligner.on_barrier(i, barrier(checkpoint));
      }
      if (!decision.cut) continue;
      uint64_t checkpoint = decision.cut->checkpoint;
      ASSERT_GT(checkpoint, latest) << "seed " << seed;
      latest = checkpoint;
      was_cut[checkpoint] = true;
      for (size_t k = 0; k < channels; ++k) ASSERT_EQ(taken[k], before[k][checkpoint]) << "seed " << seed;
    }
    for (uint64_t n = 1; n <= checkpoints && !lost; ++n) ASSERT_EQ(was_cut[n], sent[n]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pf::testing
