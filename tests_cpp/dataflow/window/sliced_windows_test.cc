#include <cmath>

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/number_windows.h"

namespace pf::testing {
namespace {

using Texts = std::vector<std::string>;

WindowSetup sliced(int64_t size, int64_t slide, int64_t offset = 0) {
  return {make_sliced_time_windows(size, slide, offset, true)};
}

TEST(SlicedWindowsTest, EachWindowHasItsRecordsInWhateverWayTheyCome) {
  for (bool batch_mode : {false, true}) {
    in_all_circumstances(
        *number_windows(sliced(10, 4, 1)), {at_times({8, 3, -5})},
        [](const OperatorHarness& harness) {
          EXPECT_EQ(fired(harness),
                    (Texts{"[-11,-1) -5", "[-7,3) -5", "[-3,7) 3", "[1,11) 3 8", "[5,15) 8"}));
        },
        batch_mode);
  }
}

TEST(SlicedWindowsTest, OnlyTheNextWindowOfAKeyHasATimer) {
  OperatorHarness harness(number_windows(sliced(1000, 1))->create(), 100);
  harness.open();
  harness.process_batch(at_times({0, 1, 2}));
  size_t timers = 0;
  OperatorSnapshot snapshot = harness.snapshot();
  for (const KeyedSnapshot::State& state : snapshot.keyed->states()) {
    if (state.name != "_timer_state/event_timers") continue;
    snapshot.keyed->for_each_row(state, [&](const KeyedRow&) { ++timers; });
  }
  EXPECT_EQ(timers, 3U);
}

/// How often slices are merged for each window that fires, where each has a record.
double merges_for_each(int64_t overlap, int64_t late) {
  int merges = 0;
  WindowSetup setup = sliced(overlap, 1);
  setup.merges = &merges;
  OperatorHarness harness(number_windows(setup)->create(), 1000);
  harness.open();
  for (int64_t time = 0; time < 2 * overlap; ++time) {
    harness.process_batch(at_times({time}));
    harness.process_watermark(time);
    if (time > late) harness.process_batch(at_times({time - late}));
  }
  return static_cast<double>(merges) / static_cast<double>(2 * overlap);
}

TEST(SlicedWindowsTest, AFiringMergesFewOfItsSlices) {
  for (int64_t overlap : {2, 5, 60, 500}) {
    const double halvings = std::log2(static_cast<double>(overlap));
    EXPECT_LE(merges_for_each(overlap, 2 * overlap), 2 * halvings + 1) << overlap;
  }
}

TEST(SlicedWindowsTest, ARecordForASliceThatHasBeenMergedMakesFewBeMergedAnew) {
  for (int64_t overlap : {60, 500}) {
    const double halvings = std::log2(static_cast<double>(overlap));
    for (int64_t late : {1L, overlap / 2, overlap - 1}) {
      EXPECT_LE(merges_for_each(overlap, late), 3 * halvings + 1) << overlap << ", late by " << late;
    }
  }
}

TEST(SlicedWindowsTest, RecordsAtTheEndsOfTimeHaveTheWindowsThatTheyHaveWithoutSlices) {
  auto fired_for = [](const WindowSetup& setup, int64_t time) {
    OperatorHarness harness(number_windows(setup)->create(), 100);
    harness.open();
    harness.process_batch(timed({{7, time}}));
    harness.process_watermark(kMaxTimestamp - 20);
    harness.process_watermark(kMaxTimestamp);
    return fired(harness);
  };
  for (int64_t distance : {1, 2, 5, 11, 20, 21, 30}) {
    for (int64_t time : {kMinTimestamp + distance, kMaxTimestamp - distance}) {
      EXPECT_EQ(fired_for(sliced(10, 3), time), fired_for({make_time_windows(10, 3, 0, true)}, time)) << time;
    }
  }
}

TEST(SlicedWindowsTest, SlicesAreNumberedWithoutGaps) {
  for (int64_t offset : {-4, 0, 3}) {
    for (auto [size, slide] : {std::pair{12, 4}, {13, 4}, {15, 4}, {2, 1}}) {
      const WindowSlices slices(size, slide, offset);
      int64_t last = slices.number_of(slices.slice_of(-50).begin);
      for (int64_t time = -50; time < 50; ++time) {
        const auto [begin, end] = slices.slice_of(time);
        EXPECT_EQ(slices.number_of(begin), time == begin && time > -50 ? last + 1 : last);
        last = slices.number_of(begin);
        const int64_t window = slices.last_window_of(begin).value();
        const auto [first, behind] = slices.slices_of(window);
        EXPECT_EQ(first, slices.number_of(window));
        EXPECT_EQ(behind, slices.number_of(slices.slice_of(slices.end_of(window)).begin));
        EXPECT_LT(last, slices.slices_ending_with(window).end);
      }
    }
  }
}

}  // namespace
}  // namespace pf::testing
