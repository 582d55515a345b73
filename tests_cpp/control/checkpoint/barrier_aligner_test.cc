#include "control/checkpoint/barrier_aligner.h"

#include <deque>
#include <random>

#include <gtest/gtest.h>

#include "control/checkpoint/in_flight_recorder.h"
#include "harness/values.h"
#include "serde/element_bytes.h"

namespace pf::testing {
namespace {

using Mode = BarrierAligner::Mode;

Barrier barrier(uint64_t checkpoint) { return {checkpoint, 0, 0}; }
uint64_t cut(const AlignerDecision& decision) {
  EXPECT_LE(decision.cuts.size(), 1U);
  return decision.cuts.empty() ? 0 : decision.cuts.front().checkpoint;
}
uint64_t given_up(const AlignerDecision& decision) {
  EXPECT_LE(decision.given_up.size(), 1U);
  return decision.given_up.empty() ? 0 : decision.given_up.front();
}

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

TEST(BarrierAlignerTest, AnAbortLeavesTheCheckpointBeforeItAlone) {
  for (Mode mode : {Mode::kExactlyOnce, Mode::kAtLeastOnce}) {
    BarrierAligner aligner(2, mode);
    aligner.on_barrier(0, barrier(1));
    EXPECT_EQ(given_up(aligner.on_abort(2)), 0U);
    EXPECT_EQ(aligner.is_blocked(0), mode == Mode::kExactlyOnce);
    EXPECT_EQ(cut(aligner.on_barrier(1, barrier(1))), 1U);
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(cut(aligner.on_barrier(i, barrier(2))), 0U);
    EXPECT_FALSE(aligner.is_blocked(0));
  }
}

TEST(BarrierAlignerTest, TheBarrierOfAnAbortedOneStillTellsThatAnEarlierOneWillNotCome) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_barrier(0, barrier(1));
  aligner.on_abort(2);
  EXPECT_EQ(given_up(aligner.on_barrier(1, barrier(2))), 1U);
  for (size_t i = 0; i < 2; ++i) EXPECT_FALSE(aligner.is_blocked(i));
}

TEST(BarrierAlignerTest, AtLeastOnceNothingIsBlockedAndSeveralMayBePending) {
  BarrierAligner aligner(2, Mode::kAtLeastOnce);
  aligner.on_barrier(0, barrier(1));
  aligner.on_barrier(0, barrier(2));
  EXPECT_FALSE(aligner.is_blocked(0));
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(1))), 1U);
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(2))), 2U);
}

TEST(BarrierAlignerTest, AtLeastOnceTheEndOfAChannelCutsForAllThatWaitedForIt) {
  BarrierAligner aligner(2, Mode::kAtLeastOnce);
  for (uint64_t n = 1; n <= 3; ++n) aligner.on_barrier(0, barrier(n));
  aligner.on_abort(2);
  AlignerDecision decision = aligner.on_end(1);
  ASSERT_EQ(decision.cuts.size(), 2U);
  EXPECT_EQ(decision.cuts[0].checkpoint, 1U);
  EXPECT_EQ(decision.cuts[1].checkpoint, 3U);
  EXPECT_TRUE(decision.given_up.empty());
}

TEST(BarrierAlignerTest, AtLeastOnceALaterCutGivesUpThoseBefore) {
  BarrierAligner aligner(2, Mode::kAtLeastOnce);
  aligner.on_barrier(0, barrier(1));
  aligner.on_barrier(0, barrier(2));
  AlignerDecision decision = aligner.on_barrier(1, barrier(2));
  EXPECT_EQ(given_up(decision), 1U);
  EXPECT_EQ(cut(decision), 2U);
}

Barrier overtaking(uint64_t checkpoint, int64_t at) {
  Barrier one = barrier(checkpoint);
  one.overtakes_at = at;
  return one;
}

TEST(BarrierAlignerTest, ABarrierThatOvertakesCutsAsSoonAsItIsKnownOf) {
  BarrierAligner aligner(3, Mode::kExactlyOnce);
  aligner.on_end(1);
  AlignerDecision decision = aligner.on_announced(overtaking(4, 10), 10);
  EXPECT_EQ(cut(decision), 4U);
  EXPECT_EQ(decision.in_flight, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(cut(aligner.on_barrier(0, overtaking(4, 10))), 0U);
  EXPECT_FALSE(aligner.is_blocked(0));
}

TEST(BarrierAlignerTest, BehindAnAbortedBarrierAnEarlierOneCannotOvertakeAnyMore) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_announced(overtaking(1, 50), 10);
  aligner.on_abort(2);
  aligner.on_barrier(0, barrier(2));
  EXPECT_EQ(cut(aligner.on_time(60)), 0U);
}

TEST(BarrierAlignerTest, BeforeItsTimeItIsWaitedForInLine) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  EXPECT_EQ(cut(aligner.on_announced(overtaking(1, 50), 10)), 0U);
  EXPECT_EQ(aligner.next_time(), 50);
  aligner.on_barrier(1, overtaking(1, 50));
  EXPECT_TRUE(aligner.is_blocked(1));
  EXPECT_EQ(cut(aligner.on_time(49)), 0U);
  AlignerDecision decision = aligner.on_time(50);
  EXPECT_EQ(cut(decision), 1U);
  EXPECT_EQ(decision.in_flight, (std::vector<bool>{true, false}));
  EXPECT_FALSE(aligner.is_blocked(1));
  EXPECT_EQ(aligner.next_time(), std::nullopt);
}

TEST(BarrierAlignerTest, WhereItHasComeEverywhereInTimeNothingIsInFlight) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_announced(overtaking(1, 50), 10);
  aligner.on_barrier(0, overtaking(1, 50));
  AlignerDecision decision = aligner.on_barrier(1, overtaking(1, 50));
  EXPECT_EQ(cut(decision), 1U);
  EXPECT_TRUE(decision.in_flight.empty());
  EXPECT_EQ(cut(aligner.on_time(60)), 0U);
}

TEST(BarrierAlignerTest, AnAbortedBarrierOvertakesNothing) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_announced(overtaking(1, 50), 10);
  aligner.on_abort(1);
  EXPECT_EQ(aligner.next_time(), std::nullopt);
  EXPECT_EQ(cut(aligner.on_time(60)), 0U);
  EXPECT_EQ(cut(aligner.on_announced(overtaking(1, 50), 60)), 0U);
}

TEST(BarrierAlignerTest, ABarrierBehindWhichSomethingWasTakenInCannotOvertakeAnyMore) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_announced(overtaking(1, 50), 10);
  aligner.on_barrier(0, overtaking(2, 70));  // the first was lost on this channel
  EXPECT_EQ(cut(aligner.on_time(60)), 0U);
  EXPECT_EQ(cut(aligner.on_time(70)), 2U);
}

TEST(BarrierAlignerTest, ABarrierOvertakesNothingWhereALaterOneHasCome) {
  BarrierAligner aligner(2, Mode::kExactlyOnce);
  aligner.on_barrier(0, barrier(2));  // whoever sent it had heard of no other
  EXPECT_EQ(cut(aligner.on_announced(overtaking(1, 0), 10)), 0U);
  EXPECT_EQ(aligner.next_time(), std::nullopt);
  EXPECT_TRUE(aligner.is_blocked(0));
  EXPECT_EQ(cut(aligner.on_barrier(1, barrier(2))), 2U);
}

/// Channels of numbers, barriers and ends, read and announced at random, with times that pass: whatever the
/// order, what was taken in before a cut and what is recorded as in flight together are what was sent before
/// the barriers, each record once and in order.
TEST(BarrierAlignerTest, TakenInAndInFlightTogetherAreWhatWasSentBeforeTheBarrier) {
  uint64_t overtaken = 0;
  for (uint64_t seed = 0; seed < 5'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto any = [&](uint64_t bound) { return random() % bound; };
    const size_t channels = 1 + any(4);
    const uint64_t checkpoints = 1 + any(4);
    std::vector<std::deque<int64_t>> sent(channels);  // negative: a barrier
    std::vector<std::vector<std::vector<int64_t>>> before(channels);
    std::vector<std::deque<std::pair<size_t, uint64_t>>> to_announce(channels);
    std::vector<InFlightChannel> names(channels);
    std::vector<Barrier> barriers;
    for (uint64_t n = 0; n <= checkpoints; ++n) {
      const int64_t at = any(4) == 0 ? kMaxTimestamp : static_cast<int64_t>(any(8) * n);
      barriers.push_back(overtaking(n, at));
    }
    for (size_t i = 0; i < channels; ++i) {
      names[i].sender = static_cast<uint32_t>(i);
      before[i].resize(checkpoints + 1);
      int64_t number = 1;
      std::vector<int64_t> all;
      for (uint64_t n = 1; n <= checkpoints; ++n) {
        for (uint64_t k = any(6); k > 0; --k) sent[i].push_back(all.emplace_back(number++));
        before[i][n] = all;
        to_announce[i].emplace_back(sent[i].size(), n);
        sent[i].push_back(-static_cast<int64_t>(n));
      }
    }
    BarrierAligner aligner(channels, Mode::kExactlyOnce);
    InFlightRecorder recorder(names, nullptr);
    std::vector<size_t> read(channels);
    std::vector<std::vector<int64_t>> taken(channels);
    std::vector<std::vector<int64_t>> state;
    std::vector<std::deque<std::pair<size_t, uint64_t>>> known(channels);
    uint64_t cuts = 0;
    auto look = [&] {
      for (size_t i = 0; i < channels && recorder.checkpoint(); ++i) {
        if (!recorder.is_open(i)) continue;
        while (!known[i].empty() && known[i].front().second < *recorder.checkpoint()) known[i].pop_front();
        if (known[i].empty()) continue;
        for (size_t at = read[i]; at < known[i].front().first; ++at) {
          if (sent[i][at] > 0) recorder.add(i, longs({sent[i][at]}));
        }
        recorder.close(i);
      }
      if (!recorder.is_complete()) return;
      const uint64_t checkpoint = *recorder.checkpoint();
      auto snapshot = recorder.finish();
      for (size_t i = 0; i < channels; ++i) {
        std::vector<int64_t> all = state[i];
        if (snapshot) {
          for (ByteReader in(snapshot->channels()[i].elements); !in.at_end();) {
            for (int64_t one : longs_of(std::get<Batch>(read_element(in, nullptr)))) all.push_back(one);
          }
        }
        ASSERT_EQ(all, before[i][checkpoint]);
      }
      ++overtaken;
    };
    auto obey = [&](const AlignerDecision& decision) {
      ASSERT_TRUE(decision.given_up.empty());
      if (decision.cuts.empty()) return;
      const uint64_t checkpoint = cut(decision);
      ++cuts;
      state = taken;
      if (decision.in_flight.empty()) {
        for (size_t i = 0; i < channels; ++i) ASSERT_EQ(taken[i], before[i][checkpoint]);
      } else {
        ASSERT_EQ(recorder.begin(checkpoint, decision.in_flight), std::nullopt);
      }
    };
    int64_t now = 0;
    for (uint64_t steps = 0; cuts < checkpoints || recorder.checkpoint(); ++steps) {
      ASSERT_LT(steps, 10'000U);
      ASSERT_NO_FATAL_FAILURE(look());
      const size_t i = any(channels);
      const uint64_t what = any(4);
      if (what == 0) {
        now += static_cast<int64_t>(any(5));
        obey(aligner.on_time(now));
      } else if (what == 1 && !to_announce[i].empty() && to_announce[i].front().second <= cuts + 1 &&
                 (!recorder.checkpoint() || to_announce[i].front().second <= *recorder.checkpoint())) {
        // One checkpoint at a time: the next is triggered when this one is complete.
        known[i].push_back(to_announce[i].front());
        to_announce[i].pop_front();
        obey(aligner.on_announced(barriers[known[i].back().second], now));
      } else if (what > 1 && read[i] < sent[i].size() && !aligner.is_blocked(i)) {
        const int64_t next = sent[i][read[i]];
        if (next < 0 && static_cast<uint64_t>(-next) > cuts + (recorder.checkpoint() ? 0 : 1)) continue;
        // The reader may come to a barrier before it has looked for news of it.
        ++read[i];
        if (next > 0) {
          if (recorder.checkpoint() && recorder.is_open(i)) recorder.add(i, longs({next}));
          taken[i].push_back(next);
        } else {
          const auto checkpoint = static_cast<uint64_t>(-next);
          // One that was overtaken may lie among what the next one overtakes.
          if (recorder.checkpoint() && *recorder.checkpoint() <= checkpoint) recorder.close(i);
          if (!to_announce[i].empty() && to_announce[i].front().second == checkpoint)
            to_announce[i].pop_front();
          obey(aligner.on_barrier(i, barriers[checkpoint]));
        }
      }
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(overtaken, 1'000U);
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
      if (decision.cuts.empty()) continue;
      uint64_t checkpoint = cut(decision);
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
