#include "control/restart/restart_strategy.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/error.h"

namespace pf::testing {
namespace {

constexpr int64_t kNever = -1;

/// The waits after failures at these times.
std::vector<int64_t> waits(RestartStrategy& strategy, const std::vector<int64_t>& failures) {
  std::vector<int64_t> waits;
  for (int64_t now : failures) waits.push_back(strategy.on_failure(now).value_or(kNever));
  return waits;
}

using Waits = std::vector<int64_t>;

TEST(RestartStrategyTest, WithoutRestartTheFirstFailureIsFinal) {
  EXPECT_EQ(waits(*make_restart_strategy(NoRestart(), 1), {0}), (Waits{kNever}));
}

TEST(RestartStrategyTest, FixedDelayRestartsSoManyTimes) {
  EXPECT_EQ(waits(*make_restart_strategy(FixedDelay{2, 70}, 1), {0, 1, 1'000'000}), (Waits{70, 70, kNever}));
  EXPECT_EQ(waits(*make_restart_strategy(FixedDelay{0, 70}, 1), {0}), (Waits{kNever}));
}

TEST(RestartStrategyTest, FailureRateCountsThoseOfTheInterval) {
  auto strategy = make_restart_strategy(FailureRate{2, 100, 5}, 1);
  EXPECT_EQ(waits(*strategy, {0, 50, 101, 201, 201}), (Waits{5, 5, 5, 5, kNever}));
}

TEST(RestartStrategyTest, AFailureExactlyAnIntervalAgoStillCounts) {
  EXPECT_EQ(waits(*make_restart_strategy(FailureRate{1, 100, 5}, 1), {0, 100}), (Waits{5, kNever}));
  EXPECT_EQ(waits(*make_restart_strategy(FailureRate{1, 100, 5}, 1), {0, 101}), (Waits{5, 5}));
}

ExponentialDelay growing() { return {10, 100, 2, 1'000, 0, INT64_MAX}; }

TEST(RestartStrategyTest, ExponentialDelayGrowsUpToTheLongestWait) {
  EXPECT_EQ(waits(*make_restart_strategy(growing(), 1), {0, 1, 2, 3, 4, 5}),
            (Waits{10, 20, 40, 80, 100, 100}));
}

TEST(RestartStrategyTest, ExponentialDelayStartsOverAfterARunWithoutFailure) {
  EXPECT_EQ(waits(*make_restart_strategy(growing(), 1), {0, 1, 1'020, 2'059, 2'060}),
            (Waits{10, 20, 40, 80, 100}))
      << "threshold and wait together have not passed";
  EXPECT_EQ(waits(*make_restart_strategy(growing(), 1), {0, 1, 1'021, 1'022}), (Waits{10, 20, 10, 20}));
}

TEST(RestartStrategyTest, ExponentialDelayGivesUpAfterSoManyAttemptsInARow) {
  ExponentialDelay settings = growing();
  settings.attempts_before_reset = 2;
  EXPECT_EQ(waits(*make_restart_strategy(settings, 1), {0, 1, 2}), (Waits{10, 20, kNever}));
  EXPECT_EQ(waits(*make_restart_strategy(settings, 1), {0, 1, 5'000, 5'001}), (Waits{10, 20, 10, 20}));
}

TEST(RestartStrategyTest, JitterStaysWithinItsShareAndFollowsTheSeed) {
  ExponentialDelay settings = growing();
  settings.initial_backoff = settings.max_backoff = 1'000;
  settings.jitter_factor = 0.1;
  auto some = [&](uint64_t seed) {
    return waits(*make_restart_strategy(settings, seed), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  };
  for (int64_t wait : some(1)) {
    EXPECT_GE(wait, 900);
    EXPECT_LE(wait, 1'000);
  }
  EXPECT_EQ(some(1), some(1));
  EXPECT_NE(some(1), some(2));
}

std::string refusal(const std::function<void()>& make) {
  try {
    make();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RestartStrategyTest, ImpossibleSettingsAreNamed) {
  EXPECT_EQ(refusal([] {
              make_restart_strategy(FixedDelay{-1, 0}, 1);
            }),
            "restart-strategy.fixed-delay.attempts must be at least 0, got -1");
  EXPECT_EQ(refusal([] {
              make_restart_strategy(FailureRate{0, 1, 1}, 1);
            }),
            "restart-strategy.failure-rate.max-failures-per-interval must be above 0, got 0");
  ExponentialDelay settings = growing();
  settings.multiplier = 0.5;
  EXPECT_EQ(refusal([&] { make_restart_strategy(settings, 1); }),
            "restart-strategy.exponential-delay.backoff-multiplier must be above 1, got 0.5");
  settings = growing();
  settings.max_backoff = 5;
  EXPECT_EQ(refusal([&] { make_restart_strategy(settings, 1); }),
            "restart-strategy.exponential-delay.max-backoff must be at least the initial backoff, got 5");
}

}  // namespace
}  // namespace pf::testing
