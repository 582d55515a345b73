#include "control/time/input_watermarks.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

/// What has been emitted, as text: "5" a watermark, "idle" and "active" a status.
std::string text_of(const WatermarkChange& change) {
  std::string text = change.watermark ? std::to_string(change.watermark->timestamp) : "";
  if (!change.status) return text;
  return text + (text.empty() ? "" : " ") + (change.status->idle ? "idle" : "active");
}

TEST(CombinedWatermarkTest, FourPartsGiveTheLowestOfTheirWatermarks) {
  CombinedWatermark combined;
  int64_t timestamps[] = {3, 7, 5, 9};
  for (CombinedWatermark::PartId part = 0; part < 4; ++part) combined.add(part);
  for (CombinedWatermark::PartId part = 0; part < 4; ++part) combined.set_watermark(part, timestamps[part]);
  EXPECT_EQ(combined.update()->timestamp, 3);
  EXPECT_FALSE(combined.update());
}

TEST(CombinedWatermarkTest, WithoutPartsNothingIsEmittedAndNothingIsIdle) {
  CombinedWatermark combined;
  EXPECT_FALSE(combined.update());
  EXPECT_FALSE(combined.idle());
  combined.add(1);
  combined.set_watermark(1, 10);
  combined.update();
  combined.remove(1);
  EXPECT_FALSE(combined.update());
  EXPECT_EQ(combined.current(), 10);
}

TEST(CombinedWatermarkTest, APartThatComesBackHoldsTheOthersAtOnce) {
  CombinedWatermark combined;
  combined.add(1);
  combined.add(2);
  combined.set_watermark(1, 10);
  combined.set_idle(2, true);
  EXPECT_EQ(combined.update()->timestamp, 10);
  combined.set_idle(2, false);
  combined.set_watermark(1, 20);
  EXPECT_FALSE(combined.update());
  combined.set_watermark(2, 15);
  EXPECT_EQ(combined.update()->timestamp, 15);
}

TEST(CombinedWatermarkTest, RandomSequencesGiveTheMinimumOverActivePartsAndTheMaximumWhenAllAreIdle) {
  for (uint64_t seed = 0; seed < 4'000; ++seed) {
    std::mt19937_64 random(seed);
    size_t count = 1 + random() % 4;
    CombinedWatermark combined;
    for (size_t part = 0; part < count; ++part) combined.add(part);
    std::vector<int64_t> reached(count, kMinTimestamp);
    std::vector<bool> idle(count);
    int64_t last = kMinTimestamp;
    for (int step = 0; step < 40; ++step) {
      size_t part = random() % count;
      if (random() % 2 == 0) {
        auto timestamp = static_cast<int64_t>(random() % 10) + step;
        combined.set_watermark(part, timestamp);
        reached[part] = std::max(reached[part], timestamp);
        idle[part] = false;
      } else {
        idle[part] = random() % 2 == 0;
        combined.set_idle(part, idle[part]);
      }
      std::vector<int64_t> counted;
      for (size_t i = 0; i < count; ++i) {
        if (!idle[i]) counted.push_back(reached[i]);
      }
      bool all_idle = counted.empty();
      int64_t expected = all_idle ? *std::max_element(reached.begin(), reached.end())
                                  : *std::min_element(counted.begin(), counted.end());
      auto emitted = combined.update();
      ASSERT_EQ(emitted.has_value(), expected > last) << seed;
      last = std::max(last, expected);
      if (emitted) {
        ASSERT_EQ(emitted->timestamp, last) << seed;
      }
      ASSERT_EQ(combined.idle(), all_idle) << seed;
    }
  }
}

TEST(InputWatermarksTest, BothInputsCountWithAllTheirChannels) {
  InputWatermarks inputs({0, 1, 0});
  EXPECT_EQ(text_of(inputs.on_watermark(0, {5})), "");
  EXPECT_EQ(text_of(inputs.on_watermark(1, {3})), "");
  EXPECT_EQ(text_of(inputs.on_watermark(2, {4})), "3");
  EXPECT_EQ(text_of(inputs.on_watermark(1, {9})), "4");
}

TEST(InputWatermarksTest, AnIdleInputNoLongerHoldsTheOtherBackAndHoldsItAtOnceWhenItIsBack) {
  InputWatermarks inputs({0, 1});
  inputs.on_watermark(0, {10});
  inputs.on_watermark(1, {3});
  EXPECT_EQ(text_of(inputs.on_status(1, {true})), "10");
  EXPECT_EQ(text_of(inputs.on_status(1, {false})), "");
  EXPECT_EQ(text_of(inputs.on_watermark(0, {20})), "");
  EXPECT_EQ(text_of(inputs.on_watermark(1, {15})), "15");
}

TEST(InputWatermarksTest, TheOperatorIsIdleWhenBothInputsAre) {
  InputWatermarks inputs({0, 1});
  inputs.on_watermark(0, {10});
  inputs.on_watermark(1, {3});
  EXPECT_EQ(text_of(inputs.on_status(0, {true})), "");
  EXPECT_EQ(text_of(inputs.on_status(1, {true})), "10 idle");
  EXPECT_EQ(text_of(inputs.on_status(0, {false})), "active");
  EXPECT_EQ(text_of(inputs.on_status(1, {false})), "");
}

TEST(InputWatermarksTest, AnEndedInputNeverHoldsTheOtherBack) {
  InputWatermarks inputs({0, 1, 1});
  inputs.on_watermark(1, {5});
  inputs.on_watermark(2, {5});
  EXPECT_EQ(text_of(inputs.on_end(0)), "5");
  EXPECT_EQ(text_of(inputs.on_end(1)), "");
  EXPECT_EQ(text_of(inputs.on_watermark(2, {8})), "8");
  EXPECT_EQ(text_of(inputs.on_end(2)), "");
}

TEST(InputWatermarksTest, WithoutIdlenessRandomSequencesGiveTheMinimumOverAllChannels) {
  for (uint64_t seed = 0; seed < 4'000; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<size_t> input_of_channel{0, 1};
    for (size_t more = random() % 4; more > 0; --more) input_of_channel.push_back(random() % 2);
    InputWatermarks inputs(input_of_channel);
    std::vector<int64_t> reached(input_of_channel.size(), kMinTimestamp);
    int64_t last = kMinTimestamp;
    for (int step = 0; step < 40; ++step) {
      size_t channel = random() % reached.size();
      auto timestamp = static_cast<int64_t>(random() % 10) + step;
      reached[channel] = std::max(reached[channel], timestamp);
      int64_t lowest = *std::min_element(reached.begin(), reached.end());
      auto change = inputs.on_watermark(channel, {timestamp});
      ASSERT_EQ(text_of(change), lowest > last ? std::to_string(lowest) : "") << seed;
      last = std::max(last, lowest);
    }
  }
}

}  // namespace
}  // namespace pf::testing
