#include "control/time/watermark_valve.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

/// What the valve has emitted, as text: "5" a watermark, "idle" and "active" a status.
std::string text_of(std::optional<Watermark> watermark) {
  if (!watermark) return "";
  return watermark->timestamp == kMaxTimestamp ? "max" : std::to_string(watermark->timestamp);
}
std::string text_of(const WatermarkChange& change) {
  std::string text = text_of(change.watermark);
  if (!change.status) return text;
  return text + (text.empty() ? "" : " ") + (change.status->idle ? "idle" : "active");
}

class WatermarkValveTest : public ::testing::Test {
 protected:
  void channels(size_t count) { valve_ = WatermarkValve(count); }
  std::string watermark(size_t channel, int64_t timestamp) {
    return text_of(valve_.on_watermark(channel, {timestamp}));
  }
  std::string idle(size_t channel) { return text_of(valve_.on_status(channel, {true})); }
  std::string active(size_t channel) { return text_of(valve_.on_status(channel, {false})); }
  std::string end(size_t channel) { return text_of(valve_.on_end(channel)); }

  WatermarkValve valve_{2};
};

TEST_F(WatermarkValveTest, OneChannelPassesRisingWatermarksOn) {
  channels(1);
  EXPECT_EQ(watermark(0, 5), "5");
  EXPECT_EQ(watermark(0, 5), "");
  EXPECT_EQ(watermark(0, 4), "");
  EXPECT_EQ(watermark(0, 6), "6");
  EXPECT_EQ(valve_.current(), 6);
}

TEST_F(WatermarkValveTest, TheMinimumOfTheChannelsIsEmittedOnceAllHaveOne) {
  EXPECT_EQ(watermark(0, 5), "");
  EXPECT_EQ(watermark(1, 3), "3");
  EXPECT_EQ(watermark(1, 9), "5");
  EXPECT_EQ(watermark(0, 7), "7");
}

TEST_F(WatermarkValveTest, AChannelThatFallsIdleNoLongerHoldsTheOthersBack) {
  watermark(0, 10);
  watermark(1, 3);
  EXPECT_EQ(idle(1), "10");
  EXPECT_EQ(watermark(0, 12), "12");
}

TEST_F(WatermarkValveTest, AChannelThatWasSilentFromTheStartCanFallIdle) {
  EXPECT_EQ(watermark(0, 10), "");
  EXPECT_EQ(idle(1), "10");
}

TEST_F(WatermarkValveTest, AnIdleChannelAheadOfTheMinimumChangesNothing) {
  watermark(0, 10);
  watermark(1, 3);
  EXPECT_EQ(idle(0), "");
  EXPECT_EQ(watermark(1, 4), "4");
}

TEST_F(WatermarkValveTest, WatermarksOfIdleChannelsAreIgnored) {
  watermark(0, 10);
  idle(1);
  EXPECT_EQ(watermark(1, 20), "");
  EXPECT_EQ(watermark(0, 11), "11");
}

TEST_F(WatermarkValveTest, AReactivatedChannelCountsOnlyOnceItHasCaughtUp) {
  watermark(0, 10);
  watermark(1, 3);
  idle(1);
  EXPECT_EQ(active(1), "");
  EXPECT_EQ(watermark(1, 5), "");
  EXPECT_EQ(watermark(0, 12), "12");
  EXPECT_EQ(watermark(1, 12), "");
  EXPECT_EQ(watermark(0, 20), "");
  EXPECT_EQ(watermark(1, 15), "15");
}

TEST_F(WatermarkValveTest, AReactivatedChannelThatIsAheadCountsAtOnce) {
  watermark(0, 10);
  watermark(1, 3);
  idle(0);
  watermark(1, 8);
  EXPECT_EQ(active(0), "");
  EXPECT_EQ(watermark(1, 20), "10");
}

TEST_F(WatermarkValveTest, TheLastChannelToFallIdleLetsTheHighestWatermarkThrough) {
  watermark(0, 10);
  watermark(1, 3);
  EXPECT_EQ(idle(0), "");
  EXPECT_EQ(idle(1), "10 idle");
}

TEST_F(WatermarkValveTest, TheHighestWatermarkIsLetThroughAlsoByAChannelThatWasBehind) {
  channels(3);
  watermark(0, 5);
  watermark(1, 20);
  watermark(2, 30);
  EXPECT_EQ(idle(0), "20");
  EXPECT_EQ(active(0), "");
  EXPECT_EQ(idle(2), "");
  EXPECT_EQ(idle(1), "");
  EXPECT_EQ(idle(0), "30 idle");
}

TEST_F(WatermarkValveTest, AllIdleThenOneActiveSaysSoOnce) {
  EXPECT_EQ(idle(0), "");
  EXPECT_EQ(idle(1), "idle");
  EXPECT_EQ(idle(1), "");
  EXPECT_EQ(active(0), "active");
  EXPECT_EQ(active(1), "");
}

TEST_F(WatermarkValveTest, AnEndedChannelNeverHoldsTheOthersBack) {
  watermark(0, 3);
  watermark(1, 10);
  EXPECT_EQ(end(0), "10");
  EXPECT_EQ(end(0), "");
  EXPECT_EQ(watermark(1, 11), "11");
}

TEST_F(WatermarkValveTest, TheMaximumIsEmittedWhenTheLastBoundedChannelReachesIt) {
  EXPECT_EQ(watermark(0, kMaxTimestamp), "");
  EXPECT_EQ(end(0), "");
  EXPECT_EQ(watermark(1, 5), "5");
  EXPECT_EQ(watermark(1, kMaxTimestamp), "max");
  EXPECT_EQ(end(1), "");
}

TEST_F(WatermarkValveTest, AllEndedIsNotIdle) {
  EXPECT_EQ(end(0), "");
  EXPECT_EQ(end(1), "");
}

TEST_F(WatermarkValveTest, AnIdleChannelRemainsIdleWhenAllOthersHaveEnded) {
  EXPECT_EQ(idle(0), "");
  EXPECT_EQ(end(1), "idle");
  EXPECT_EQ(active(0), "active");
}

/// Flink's rules written once more, by the letter, to compare with.
struct Reference {
  struct Channel {
    int64_t watermark = kMinTimestamp;
    bool active = true;
    bool aligned = true;
  };
  explicit Reference(size_t count) : channels(count) {}

  std::string on_watermark(size_t i, int64_t timestamp) {
    Channel& channel = channels[i];
    if (!active || !channel.active || timestamp <= channel.watermark) return "";
    channel.watermark = timestamp;
    channel.aligned |= timestamp >= last;
    return minimum();
  }
  std::string on_status(size_t i, bool idle) {
    Channel& channel = channels[i];
    if (idle != channel.active) return "";
    channel.active = !idle;
    channel.aligned = !idle && channel.watermark >= last;
    if (!idle) return std::exchange(active, true) ? "" : "active";
    if (std::any_of(channels.begin(), channels.end(), [](auto& c) { return c.active; })) {
      return channel.watermark == last ? minimum() : "";
    }
    int64_t highest = kMinTimestamp;
    for (auto& c : channels) highest = std::max(highest, c.watermark);
    std::string text = rise(highest);
    active = false;
    return text + (text.empty() ? "idle" : " idle");
  }
  std::string minimum() {
    int64_t lowest = kMaxTimestamp;
    bool any = false;
    for (auto& c : channels) {
      if (!c.aligned) continue;
      any = true;
      lowest = std::min(lowest, c.watermark);
    }
    return any ? rise(lowest) : "";
  }
  std::string rise(int64_t timestamp) {
    if (timestamp <= last) return "";
    last = timestamp;
    return std::to_string(timestamp);
  }

  std::vector<Channel> channels;
  bool active = true;
  int64_t last = kMinTimestamp;
};

TEST_F(WatermarkValveTest, RandomSequencesGiveWhatFlinksRulesGive) {
  for (uint64_t seed = 0; seed < 4'000; ++seed) {
    std::mt19937_64 random(seed);
    size_t count = 1 + random() % 4;
    channels(count);
    Reference reference(count);
    std::vector<int64_t> time(count, 0);
    for (int step = 0; step < 60; ++step) {
      size_t channel = random() % count;
      uint64_t kind = random() % 4;
      if (kind < 2) {
        time[channel] += static_cast<int64_t>(random() % 6) - 1;
        ASSERT_EQ(watermark(channel, time[channel]), reference.on_watermark(channel, time[channel])) << seed;
      } else {
        bool falls_idle = kind == 2;
        ASSERT_EQ(falls_idle ? idle(channel) : active(channel), reference.on_status(channel, falls_idle))
            << seed;
      }
    }
  }
}

TEST_F(WatermarkValveTest, RandomSequencesRiseStrictlyAndNeverAboveAnAlignedChannel) {
  for (uint64_t seed = 0; seed < 4'000; ++seed) {
    std::mt19937_64 random(seed);
    size_t count = 1 + random() % 4;
    channels(count);
    std::vector<int64_t> received(count, kMinTimestamp);
    std::vector<bool> is_idle(count), has_ended(count), behind(count);
    int64_t last = kMinTimestamp;
    for (int step = 0; step < 60; ++step) {
      size_t channel = random() % count;
      if (has_ended[channel]) continue;
      WatermarkChange change;
      uint64_t kind = random() % 20;
      if (kind < 10) {
        auto timestamp = static_cast<int64_t>(random() % 6) + step;
        if (!is_idle[channel]) received[channel] = std::max(received[channel], timestamp);
        change.watermark = valve_.on_watermark(channel, {timestamp});
      } else if (kind < 19) {
        is_idle[channel] = kind < 15;
        change = valve_.on_status(channel, {is_idle[channel]});
      } else {
        has_ended[channel] = is_idle[channel] = true;
        change = valve_.on_end(channel);
      }
      bool all_idle = std::all_of(is_idle.begin(), is_idle.end(), [](bool idle) { return idle; });
      if (change.watermark) {
        ASSERT_GT(change.watermark->timestamp, last) << seed;
        last = change.watermark->timestamp;
        for (size_t i = 0; i < count; ++i) {
          if (is_idle[i] || behind[i] || all_idle) continue;
          ASSERT_LE(last, received[i]) << seed;
        }
      }
      // A channel is behind from coming back with too low a watermark until it has caught up.
      for (size_t i = 0; i < count; ++i) {
        if (received[i] >= last)
          behind[i] = false;
        else if (is_idle[i])
          behind[i] = true;
      }
    }
  }
}

}  // namespace
}  // namespace pf::testing
