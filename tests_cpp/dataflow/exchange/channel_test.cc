#include "dataflow/exchange/channel.h"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "harness/values.h"
#include "harness/wires.h"

namespace pf::testing {
namespace {

int64_t time_of(const StreamElement& element) { return std::get<Watermark>(element).timestamp; }

TEST(ChannelTest, AcceptsAsManyElementsAsItHasCredits) {
  Wires wires(1, 3);
  Channel& channel = *wires.pointers[0];
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(channel.has_credit());
    channel.push(Watermark{i});
  }
  EXPECT_FALSE(channel.has_credit());
  EXPECT_THROW(channel.push(Watermark{3}), std::logic_error);
}

TEST(ChannelTest, DeliversInOrderAroundTheRing) {
  Wires wires(1, 3);
  Channel& channel = *wires.pointers[0];
  StreamElement element;
  for (int64_t i = 0; i < 20; ++i) {
    channel.push(Watermark{2 * i});
    channel.push(Watermark{2 * i + 1});
    channel.announce();
    for (int64_t k = 0; k < 2; ++k) {
      ASSERT_TRUE(channel.try_pop(element));
      EXPECT_EQ(time_of(element), 2 * i + k);
    }
    EXPECT_TRUE(channel.empty());
    EXPECT_FALSE(channel.try_pop(element));
  }
}

TEST(ChannelTest, WithoutBoundItAlwaysHasCreditAndKeepsTheOrder) {
  Wires ends(1, 1);
  auto channel = Channel::unbounded();
  channel->connect(ends.writer, ends.reader);
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(channel->has_credit());
    channel->push(Watermark{i});
  }
  channel->announce();
  EXPECT_EQ(channel->in_flight(), 1000U);
  StreamElement element;
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(channel->try_pop(element));
    EXPECT_EQ(time_of(element), i);
  }
  EXPECT_FALSE(channel->try_pop(element));
}

std::vector<int64_t> before(Channel& channel, size_t position) {
  std::vector<int64_t> times;
  channel.show_before(position, [&](const StreamElement& element) {
    if (std::holds_alternative<Watermark>(element)) times.push_back(time_of(element));
  });
  return times;
}

TEST(ChannelTest, InAHurryWhatTheRingDoesNotTakeWaitsBehindIt) {
  Wires wires(1, 2);
  Channel& channel = *wires.pointers[0];
  channel.let_overtake();
  for (int64_t i = 0; i < 5; ++i) channel.push(Watermark{i});
  EXPECT_FALSE(channel.has_credit());
  EXPECT_FALSE(channel.catch_up());
  StreamElement element;
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(channel.try_pop(element));
    EXPECT_EQ(time_of(element), i);
    EXPECT_EQ(channel.catch_up(), i >= 2) << i;
  }
  EXPECT_FALSE(channel.try_pop(element));
  EXPECT_TRUE(channel.has_credit());
}

TEST(ChannelTest, ItsReaderMakesRoomForAWriterThatIsBehind) {
  Wires wires(1, 2);
  Channel& channel = *wires.pointers[0];
  channel.let_overtake();
  for (int64_t i = 0; i < 4; ++i) channel.push(Watermark{i});
  ASSERT_FALSE(channel.catch_up());
  const int woken = wires.writer.count();
  StreamElement element;
  ASSERT_TRUE(channel.try_pop(element));
  EXPECT_GT(wires.writer.count(), woken);
}

TEST(ChannelTest, AnAnnouncedBarrierIsKnownWithAllThatIsBeforeIt) {
  Wires wires(1, 3);
  Channel& channel = *wires.pointers[0];
  channel.let_overtake();
  EXPECT_TRUE(channel.take_announced().empty());
  StreamElement element;
  channel.push(Watermark{0});
  channel.announce();
  ASSERT_TRUE(channel.try_pop(element));
  for (int64_t i = 1; i < 6; ++i) channel.push(Watermark{i});
  const int woken = wires.reader.count();
  channel.push_announced(Barrier{.checkpoint = 7});
  EXPECT_GT(wires.reader.count(), woken);
  channel.push(Watermark{8});
  ASSERT_TRUE(channel.try_pop(element));
  auto announced = channel.take_announced();
  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(std::get<Barrier>(announced[0].element).checkpoint, 7U);
  EXPECT_EQ(before(channel, announced[0].position), (std::vector<int64_t>{2, 3, 4, 5}));
  channel.catch_up();
  EXPECT_EQ(before(channel, announced[0].position), (std::vector<int64_t>{2, 3, 4, 5}));
  EXPECT_TRUE(channel.take_announced().empty());
}

TEST(ChannelTest, WhatIsShownIsWhatIsReadWhileTheWriterIsOnAnotherThread) {
  Wires wires(1, 4);
  Channel& channel = *wires.pointers[0];
  channel.let_overtake();
  constexpr int64_t kElements = 20'000;
  std::thread writer([&] {
    for (int64_t i = 0; i < kElements; ++i) {
      if (i % 50 == 0) channel.push_announced(Barrier{.checkpoint = static_cast<uint64_t>(i) + 1});
      channel.push(Watermark{i});
      if (i % 7 == 0) {
        while (!channel.catch_up()) std::this_thread::yield();
      }
    }
    while (!channel.catch_up()) std::this_thread::yield();
    channel.announce();
  });
  int64_t next = 0;
  StreamElement element;
  while (next < kElements) {
    for (const Channel::Announced& announced : channel.take_announced()) {
      const auto last = static_cast<int64_t>(std::get<Barrier>(announced.element).checkpoint) - 1;
      std::vector<int64_t> shown = before(channel, announced.position);
      for (size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i], next + static_cast<int64_t>(i));
      ASSERT_EQ(next + static_cast<int64_t>(shown.size()), std::max(next, last));
    }
    if (!channel.try_pop(element) || !std::holds_alternative<Watermark>(element)) continue;
    ASSERT_EQ(time_of(element), next++);
  }
  writer.join();
}

TEST(ChannelTest, WhatIsAnnouncedWakesTheReaderOnce) {
  Wires wires(1, 4);
  Channel& channel = *wires.pointers[0];
  channel.announce();
  EXPECT_EQ(wires.reader.count(), 0);
  channel.push(Watermark{});
  channel.push(Watermark{});
  EXPECT_EQ(wires.reader.count(), 0);
  channel.announce();
  channel.announce();
  EXPECT_EQ(wires.reader.count(), 1);
}

TEST(ChannelTest, TheReaderSeesWhatIsAnnounced) {
  Wires wires(1, 4);
  Channel& channel = *wires.pointers[0];
  StreamElement element;
  channel.push(Watermark{1});
  EXPECT_FALSE(channel.try_pop(element));
  channel.announce();
  channel.push(Watermark{2});
  EXPECT_TRUE(channel.try_pop(element));
  EXPECT_FALSE(channel.try_pop(element));
}

TEST(ChannelTest, ManyRowsAreAnnouncedAtOnce) {
  Wires wires(1, 4);
  Channel& channel = *wires.pointers[0];
  channel.push(longs(std::vector<int64_t>(1000)));
  EXPECT_EQ(wires.reader.count(), 1);
  channel.announce();
  EXPECT_EQ(wires.reader.count(), 1);
  StreamElement element;
  EXPECT_TRUE(channel.try_pop(element));
}

TEST(ChannelTest, ANoIsFollowedByOneWakeOfTheWriter) {
  Wires wires(1, 1);
  Channel& channel = *wires.pointers[0];
  channel.push(Watermark{});
  EXPECT_FALSE(channel.has_credit());
  EXPECT_FALSE(channel.has_credit());
  EXPECT_EQ(wires.writer.count(), 0);
  channel.announce();
  StreamElement element;
  channel.try_pop(element);
  EXPECT_EQ(wires.writer.count(), 1);
  EXPECT_TRUE(channel.has_credit());
}

TEST(ChannelTest, TheWriterIsWokenOnceHalfOfThePlacesAreFree) {
  Wires wires(1, 4);
  Channel& channel = *wires.pointers[0];
  for (int64_t i = 0; i < 4; ++i) channel.push(Watermark{i});
  channel.announce();
  EXPECT_FALSE(channel.has_credit());
  StreamElement element;
  channel.try_pop(element);
  EXPECT_EQ(wires.writer.count(), 0);
  channel.try_pop(element);
  EXPECT_EQ(wires.writer.count(), 1);
  channel.try_pop(element);
  EXPECT_EQ(wires.writer.count(), 1);
}

TEST(ChannelTest, TakesAsManyRowsAsItHasCreditsFor) {
  WakeCounter writer;
  WakeCounter reader;
  Channel channel(8, 4);
  channel.connect(writer, reader);
  channel.push(longs({1, 2, 3}));
  channel.push(Watermark{});
  EXPECT_TRUE(channel.has_credit());
  channel.push(longs({4, 5, 6}));
  EXPECT_FALSE(channel.has_credit());
  channel.announce();
  StreamElement element;
  channel.try_pop(element);
  EXPECT_EQ(writer.count(), 0);
  channel.try_pop(element);
  EXPECT_EQ(writer.count(), 0);
  channel.try_pop(element);
  EXPECT_EQ(writer.count(), 1);
  EXPECT_TRUE(channel.has_credit());
}

TEST(ChannelTest, WithoutANoTheWriterSleepsOn) {
  Wires wires(1, 2);
  StreamElement element;
  wires.pointers[0]->push(Watermark{});
  wires.pointers[0]->announce();
  wires.pointers[0]->try_pop(element);
  EXPECT_EQ(wires.writer.count(), 0);
}

TEST(ChannelTest, ATakenElementIsLetGoOf) {
  Wires wires(1, 4);
  Batch batch = longs({1});
  std::weak_ptr<const Column> column = batch.values;
  wires.pointers[0]->push(std::move(batch));
  wires.drain(0);
  EXPECT_TRUE(column.expired());
}

TEST(ChannelTest, AMillionElementsCrossThreadsInOrderAndNoWakeIsLost) {
  constexpr int64_t kElements = 1'000'000;
  Wires wires(1, 8);
  Channel& channel = *wires.pointers[0];
  std::thread writer([&] {
    for (int64_t i = 0; i < kElements; ++i) {
      for (int seen = wires.writer.count(); !channel.has_credit(); seen = wires.writer.count()) {
        channel.announce();
        wires.writer.wait_beyond(seen);
      }
      channel.push(Watermark{i});
    }
    channel.announce();
  });
  int64_t disorder = 0;
  for (int64_t i = 0; i < kElements; ++i) {
    StreamElement element;
    for (int seen = wires.reader.count(); !channel.try_pop(element); seen = wires.reader.count()) {
      wires.reader.wait_beyond(seen);
    }
    disorder += time_of(element) != i;
  }
  writer.join();
  EXPECT_EQ(disorder, 0);
  EXPECT_TRUE(channel.empty());
}

}  // namespace
}  // namespace pf::testing
