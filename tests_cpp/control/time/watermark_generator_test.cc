#include "control/time/watermark_generator.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "control/time/split_watermarks.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

/// What has become pending since the last look, as text: "5 idle".
std::string pending(WatermarkEmitter& emitter) {
  std::string text;
  for (const StreamElement& element : emitter.pending()) {
    if (!text.empty()) text += ' ';
    if (const auto* watermark = std::get_if<Watermark>(&element)) {
      text += watermark->timestamp == kMaxTimestamp ? "max" : std::to_string(watermark->timestamp);
    } else {
      text += std::get<WatermarkStatus>(element).idle ? "idle" : "active";
    }
  }
  emitter.pending().clear();
  return text;
}

class GeneratorTest : public ::testing::Test {
 protected:
  void rows(const std::vector<int64_t>& timestamps) {
    generator_->on_events(longs(timestamps), 0, timestamps.size(), timestamps, emitter_);
  }
  std::string tick(int64_t nanos = 0) {
    generator_->on_periodic_emit(nanos, emitter_);
    return pending(emitter_);
  }

  WatermarkEmitter emitter_;
  std::unique_ptr<WatermarkGenerator> generator_;
};

TEST_F(GeneratorTest, TheWatermarkIsTheGreatestTimestampLessTheBoundLessOne) {
  generator_ = make_bounded_out_of_orderness(20'000);
  rows({60'000, 100'000, 90'000});
  EXPECT_EQ(pending(emitter_), "");
  EXPECT_EQ(tick(), "79999");
  EXPECT_EQ(tick(), "");
  rows({99'999});
  EXPECT_EQ(tick(), "");
  rows({100'001});
  EXPECT_EQ(tick(), "80000");
}

TEST_F(GeneratorTest, ThereIsNoWatermarkBeforeTheFirstRow) {
  for (int64_t bound : {int64_t{0}, int64_t{1'000}}) {
    generator_ = make_bounded_out_of_orderness(bound);
    EXPECT_EQ(tick(), "");
  }
}

TEST_F(GeneratorTest, RowsWithoutATimestampMoveNothing) {
  generator_ = make_bounded_out_of_orderness(10);
  rows({kMinTimestamp});
  EXPECT_EQ(tick(), "");
}

TEST_F(GeneratorTest, NoWatermarksAreNone) {
  generator_ = make_no_watermarks();
  rows({5});
  EXPECT_EQ(tick(), "");
}

TEST_F(GeneratorTest, SilenceCountsFromTheFirstTickWithoutARowAndMustExceedTheTimeout) {
  generator_ = make_with_idleness(make_bounded_out_of_orderness(0), 10 * kSecond);
  rows({100});
  EXPECT_EQ(tick(0 * kSecond), "99");
  EXPECT_EQ(tick(5 * kSecond), "");
  EXPECT_EQ(tick(15 * kSecond), "");
  EXPECT_EQ(tick(15 * kSecond + 1), "idle");
  EXPECT_EQ(tick(90 * kSecond), "");
}

TEST_F(GeneratorTest, AnIdleStreamIsActiveAgainWithItsNextWatermark) {
  generator_ = make_with_idleness(make_bounded_out_of_orderness(0), kSecond);
  EXPECT_EQ(tick(0), "");
  EXPECT_EQ(tick(2 * kSecond), "idle");
  rows({100});
  EXPECT_EQ(pending(emitter_), "");
  EXPECT_EQ(tick(3 * kSecond), "active 99");
  EXPECT_EQ(tick(4 * kSecond), "");
  EXPECT_EQ(tick(6 * kSecond), "idle");
  rows({50});  // behind: no watermark comes of it
  EXPECT_EQ(tick(7 * kSecond), "");
  rows({200});
  EXPECT_EQ(tick(8 * kSecond), "active 199");
}

TEST(WatermarkEmitterTest, LetsThroughWhatIsNew) {
  WatermarkEmitter emitter;
  emitter.emit_watermark(5);
  emitter.emit_watermark(5);
  emitter.emit_watermark(4);
  emitter.mark_active();
  EXPECT_EQ(pending(emitter), "5");
  emitter.mark_idle();
  emitter.mark_idle();
  emitter.emit_watermark(5);
  EXPECT_EQ(pending(emitter), "idle");
  emitter.emit_watermark(kMaxTimestamp);
  EXPECT_EQ(pending(emitter), "active max");
}

TEST(SplitWatermarksTest, TheLowestSplitCounts) {
  WatermarkEmitter emitter;
  SplitWatermarks splits(emitter);
  splits.output_of(7);
  splits.output_of(9).emit_watermark(50);
  EXPECT_EQ(pending(emitter), "");
  splits.output_of(7).emit_watermark(10);
  EXPECT_EQ(pending(emitter), "10");
  splits.output_of(7).mark_idle();
  EXPECT_EQ(pending(emitter), "50");
  splits.output_of(9).mark_idle();
  EXPECT_EQ(pending(emitter), "idle");
  splits.output_of(7).emit_watermark(60);
  EXPECT_EQ(pending(emitter), "active 60");
}

TEST(SplitWatermarksTest, ARoundEmitsOnceWhenAllSplitsHaveSpoken) {
  WatermarkEmitter emitter;
  SplitWatermarks splits(emitter);
  splits.output_of(1).emit_watermark(5);
  splits.output_of(2).emit_watermark(7);
  EXPECT_EQ(pending(emitter), "5");
  splits.begin_round();
  splits.output_of(1).emit_watermark(10);
  splits.output_of(2).emit_watermark(20);
  EXPECT_EQ(pending(emitter), "");
  splits.end_round();
  EXPECT_EQ(pending(emitter), "10");
}

TEST(SplitWatermarksTest, AnEndedSplitNoLongerCounts) {
  WatermarkEmitter emitter;
  SplitWatermarks splits(emitter);
  splits.output_of(1).emit_watermark(5);
  splits.output_of(2).emit_watermark(7);
  splits.remove(1);
  splits.begin_round();
  splits.end_round();
  EXPECT_EQ(pending(emitter), "5 7");
}

}  // namespace
}  // namespace pf::testing
