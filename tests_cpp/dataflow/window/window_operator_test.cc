#include "dataflow/window/window_operator.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/number_windows.h"

namespace pf::testing {
namespace {

using Texts = std::vector<std::string>;

WindowSetup tumbling(int64_t size) { return {make_time_windows(size, size, 0, true)}; }
WindowSetup sessions(int64_t gap) { return {make_session_windows(gap, true)}; }
WindowSetup global(TriggerMaker trigger) { return {make_global_windows(), std::move(trigger)}; }

/// What comes out in whatever way the input is cut.
void expect_fired(const WindowSetup& setup, const std::vector<Batch>& input, const Texts& expected) {
  in_all_circumstances(*number_windows(setup), input,
                       [&](const OperatorHarness& harness) { EXPECT_EQ(fired(harness), expected); });
}

TEST(WindowOperatorTest, TumblingWindowsStartAtFlooredTimes) {
  expect_fired(tumbling(5), {at_times({1, 4, 5, -1, -5, 0})}, {"[-5,0) -1 -5", "[0,5) 1 4 0", "[5,10) 5"});
}

TEST(WindowOperatorTest, WindowsStartAtTheOffset) {
  expect_fired({make_time_windows(10, 10, 3, true)}, {at_times({2, 3, 12, 13})},
               {"[-7,3) 2", "[3,13) 3 12", "[13,23) 13"});
}

TEST(WindowOperatorTest, SlidingWindowsShareRecords) {
  expect_fired({make_time_windows(10, 4, 0, true)}, {at_times({3, 8})},
               {"[-4,6) 3", "[0,10) 3 8", "[4,14) 8", "[8,18) 8"});
}

TEST(WindowOperatorTest, RecordsBetweenWindowsHaveNone) {
  OperatorHarness harness(number_windows({make_time_windows(4, 6, 0, true)})->create());
  harness.open();
  harness.process_batch(at_times({3, 5, 6}));
  harness.process_watermark(kMaxTimestamp);
  EXPECT_EQ(fired(harness), (Texts{"[0,4) 3", "[6,10) 6"}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 0);
}

TEST(WindowOperatorTest, ResultsCarryTheWindowsLastTimestamp) {
  OperatorHarness harness(number_windows(tumbling(10))->create());
  harness.open();
  harness.process_batch(at_times({3}));
  harness.process_watermark(9);
  EXPECT_EQ(*harness.batches().at(0).timestamps, (std::vector<int64_t>{9}));
}

TEST(WindowOperatorTest, AWindowFiresWhenTheWatermarkReachesItsLastTimestamp) {
  OperatorHarness harness(number_windows(tumbling(10))->create());
  harness.open();
  harness.process_batch(at_times({3}));
  harness.process_watermark(8);
  EXPECT_TRUE(fired(harness).empty());
  harness.process_watermark(9);
  EXPECT_EQ(fired(harness), Texts{"[0,10) 3"});
}

TEST(WindowOperatorTest, LateRecordsAreCountedAndDropped) {
  OperatorHarness harness(number_windows(tumbling(10))->create());
  harness.open();
  harness.process_batch(at_times({3}));
  harness.process_watermark(9);
  harness.process_batch(at_times({4, 10, 5}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 2);
  harness.process_watermark(kMaxTimestamp);
  EXPECT_EQ(fired(harness), (Texts{"[0,10) 3", "[10,20) 10"}));
}

TEST(WindowOperatorTest, LateRecordsGoToTheirSideOutputInstead) {
  WindowSetup setup = tumbling(10);
  setup.late_output = "late";
  OperatorHarness harness(number_windows(setup)->create());
  harness.context().side_outputs = {"other", "late"};
  harness.open();
  harness.process_watermark(9);
  harness.process_batch(timed({{100, 4}, {200, 10}, {300, 5}}));
  EXPECT_EQ(harness.values([](const Batch& b) { return longs_of(b); }, 2), (std::vector<int64_t>{100, 300}));
  EXPECT_EQ(*harness.batches(2).at(0).timestamps, (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 0);
}

TEST(WindowOperatorTest, EachLateRecordWithinTheAllowanceFiresAgain) {
  int disposed = 0;
  WindowSetup setup = tumbling(10);
  setup.allowed_lateness = 5;
  setup.disposed = &disposed;
  OperatorHarness harness(number_windows(setup)->create());
  harness.open();
  harness.process_batch(at_times({1}));
  harness.process_watermark(9);
  harness.process_batch(at_times({2, 3}));
  harness.process_watermark(13);
  harness.process_batch(at_times({4}));
  EXPECT_EQ(disposed, 0);
  harness.process_watermark(14);
  EXPECT_EQ(disposed, 1);
  harness.process_batch(at_times({5}));
  EXPECT_EQ(fired(harness), (Texts{"[0,10) 1", "[0,10) 1 2", "[0,10) 1 2 3", "[0,10) 1 2 3 4"}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 1);
}

TEST(WindowOperatorTest, AFiringWithManyResultsWaitsForRoom) {
  WindowSetup setup = tumbling(10);
  setup.results_for_each = 5;
  setup.allowed_lateness = 100;
  for (size_t batch_size : {1, 2, 3}) {
    OperatorHarness harness(number_windows(setup)->create(), batch_size);
    harness.open();
    harness.process_batch(at_times({1, 11}));
    harness.process_watermark(25);
    harness.process_batch(at_times({2, 3}));
    EXPECT_EQ(fired(harness).size(), 20U);
    EXPECT_EQ(fired(harness).back(), "[0,10) 1 2 3");
    EXPECT_LE(harness.most_at_once(), 2U);
  }
}

TEST(WindowOperatorTest, SessionsThatTouchMerge) {
  expect_fired(sessions(5), {at_times({0, 5, 11})}, {"[0,10) 0 5", "[11,16) 11"});
}

TEST(WindowOperatorTest, ABridgingRecordMergesTwoSessions) {
  expect_fired(sessions(5), {at_times({0, 8}), at_times({4})}, {"[0,13) 0 8 4"});
}

TEST(WindowOperatorTest, ElementsOfMergedSessionsComeByTheAgeOfTheirSessions) {
  expect_fired(sessions(6), {at_times({15}), at_times({1}), at_times({10, 5})}, {"[1,21) 15 10 1 5"});
  expect_fired(sessions(6), {at_times({1}), at_times({15}), at_times({5, 10})}, {"[1,21) 1 5 15 10"});
}

TEST(WindowOperatorTest, ALateRecordThatASessionTakesInIsNotLate) {
  OperatorHarness harness(number_windows(sessions(5))->create());
  harness.open();
  harness.process_batch(at_times({10}));
  harness.process_watermark(12);
  harness.process_batch(at_times({7, 1}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 1);
  harness.process_watermark(kMaxTimestamp);
  EXPECT_EQ(fired(harness), Texts{"[7,15) 10 7"});
}

TEST(WindowOperatorTest, AMergedSessionFiresAgainWithinTheAllowance) {
  WindowSetup setup = sessions(5);
  setup.allowed_lateness = 100;
  OperatorHarness harness(number_windows(setup)->create());
  harness.open();
  harness.process_batch(at_times({0, 8}));
  harness.process_watermark(20);
  harness.process_batch(at_times({4}));
  EXPECT_EQ(fired(harness), (Texts{"[0,5) 0", "[8,13) 8", "[0,13) 0 8 4"}));
}

TEST(WindowOperatorTest, GlobalWindowsKeepTheirRecordsUnlessTheyArePurged) {
  expect_fired(global(make_count_trigger(2)), {at_times({1, 2, 3, 4, 5})}, {" 1 2", " 1 2 3 4"});
  expect_fired(global(make_purging_trigger(make_count_trigger(2))), {at_times({1, 2, 3, 4, 5})},
               {" 1 2", " 3 4"});
  expect_fired(global(make_never_trigger()), {at_times({1, 2})}, {});
}

TEST(WindowOperatorTest, CountWindowsFireWhenTheyAreFull) {
  auto count = [](int64_t size, int64_t slide) {
    return WindowSetup{make_count_windows(size, slide), make_purging_trigger(make_count_trigger(size))};
  };
  expect_fired(count(2, 2), {at_times({1, 2, 3, 4, 5})}, {" 1 2", " 3 4"});
  expect_fired(count(3, 1), {at_times({1, 2, 3, 4})}, {" 1 2 3", " 2 3 4"});
  expect_fired(count(2, 3), {at_times({1, 2, 3, 4, 5})}, {" 1 2", " 4 5"});
}

TEST(WindowOperatorTest, ACountTriggerAddsUpTheCountsOfMergedSessions) {
  WindowSetup setup = sessions(5);
  setup.trigger = make_count_trigger(3);
  expect_fired(setup, {at_times({0, 8, 4})}, {"[0,13) 0 8 4"});
}

TEST(WindowOperatorTest, ContinuousTriggersFireAtMultiplesOfTheInterval) {
  WindowSetup setup = tumbling(100);
  setup.trigger = make_continuous_event_time_trigger(30);
  OperatorHarness harness(number_windows(setup)->create());
  harness.open();
  harness.process_batch(at_times({5, 7}));
  harness.process_watermark(29);
  EXPECT_TRUE(fired(harness).empty());
  harness.process_watermark(30);
  harness.process_batch(at_times({40}));
  harness.process_watermark(65);
  harness.process_watermark(99);
  EXPECT_EQ(fired(harness), (Texts{"[0,100) 5 7", "[0,100) 5 7 40", "[0,100) 5 7 40", "[0,100) 5 7 40"}));
}

TEST(WindowOperatorTest, ProcessingTimeWindowsEndByTheClock) {
  WindowSetup setup{make_time_windows(1000, 1000, 0, false), make_processing_time_trigger()};
  OperatorHarness harness(number_windows(setup)->create());
  harness.open();
  harness.process_batch(at_times({1, 2}));
  harness.advance_clock(500);
  harness.process_batch(at_times({3}));
  EXPECT_TRUE(fired(harness).empty());
  harness.advance_clock(500);
  EXPECT_EQ(fired(harness), Texts{"[1000000,1001000) 1 2 3"});
}

TEST(WindowOperatorTest, TheClockGoesOnBetweenTheRecordsOfABatch) {
  ManualClock* clock = nullptr;
  WindowSetup setup{make_time_windows(10, 10, 0, false), make_processing_time_trigger()};
  setup.on_add = [&clock] { clock->advance_millis(4); };
  OperatorHarness harness(number_windows(setup)->create());
  clock = &harness.clock();
  harness.open();
  harness.process_batch(at_times({1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(fired(harness), (Texts{"[1000000,1000010) 1 2 3", "[1000010,1000020) 4 5"}));
  harness.advance_clock(10);
  EXPECT_EQ(fired(harness).back(), "[1000020,1000030) 6 7");
}

TEST(WindowOperatorTest, ARecordWithoutTimestampIsRefusedByName) {
  OperatorHarness harness(number_windows(tumbling(10))->create());
  harness.open();
  Batch batch = timed({{42, 1}});
  batch.timestamps = nullptr;
  try {
    harness.process_batch(batch);
    FAIL();
  } catch (const Error& error) {
    std::string message = error.what();
    EXPECT_NE(message.find("Long.MIN_VALUE timestamp"), std::string::npos) << message;
    EXPECT_NE(message.find("Operator under test"), std::string::npos) << message;
  }
}

TEST(WindowOperatorTest, NothingIsLeftOfWindowsThatAreOver) {
  WindowSetup merging = sessions(5);
  merging.trigger = make_continuous_event_time_trigger(2);
  WindowSetup late = tumbling(10);
  late.allowed_lateness = 20;
  for (WindowSetup setup : {tumbling(10), merging, late}) {
    WindowServices* services = nullptr;
    setup.services = &services;
    OperatorHarness harness(number_windows(setup)->create());
    harness.open();
    for (const char* key : {"a", "b"}) harness.process_batch(at_times({1, 8, 15, 4, 40}, key));
    harness.process_watermark(20);
    harness.process_batch(at_times({2, 16}));
    EXPECT_GT(services->state.size(), 0U);
    harness.process_watermark(200);
    services->state.set_current("another key");
    EXPECT_EQ(services->state.size(), 0U);
    EXPECT_FALSE(services->timers.event_timers().earliest());
  }
}

TEST(WindowOperatorTest, WindowsAtTheEndsOfTimeDoNotOverflow) {
  EXPECT_EQ(window_start(kMaxTimestamp, 0, 10), kMaxTimestamp - 7);
  EXPECT_EQ(window_start(kMinTimestamp, 3, 10), kMinTimestamp);
  expect_fired(tumbling(10), {at_times({kMaxTimestamp - 1})},
               {"[9223372036854775800,9223372036854775807) 9223372036854775806"});
}

}  // namespace
}  // namespace pf::testing
