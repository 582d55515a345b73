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
