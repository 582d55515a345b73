#include "dataflow/time/alignment_group.h"

#include <gtest/gtest.h>

#include "dataflow/time/source_pacer.h"

namespace pf::testing {
namespace {

TEST(AlignmentGroupTest, TheLowestOfThoseThatSaySomethingCounts) {
  auto group = AlignmentGroup::of(JobId::random(), "group");
  int a = 0;
  int b = 0;
  EXPECT_EQ(group->lowest(), kMaxTimestamp);
  group->report(&a, 10);
  group->report(&b, 5);
  EXPECT_EQ(group->lowest(), 5);
  group->report(&b, std::nullopt);
  EXPECT_EQ(group->lowest(), 10);
}

TEST(AlignmentGroupTest, GroupsOfAnotherNameOrJobAreOthers) {
  JobId job = JobId::random();
  auto group = AlignmentGroup::of(job, "group");
  EXPECT_EQ(AlignmentGroup::of(job, "group"), group);
  EXPECT_NE(AlignmentGroup::of(job, "other"), group);
  EXPECT_NE(AlignmentGroup::of(JobId::random(), "group"), group);
}

class SourcePacerTest : public ::testing::Test {
 protected:
  SourcePacerTest() {
    context_.job = JobId::random();
    context_.clock = &clock_;
    context_.wake_after = [this](int64_t nanos) { sleeps_.push_back(nanos); };
  }

  ManualClock clock_{1'000};
  OperatorContext context_;
  std::vector<int64_t> sleeps_;
  const WatermarkAlignment alignment_{"group", 50, 100};
};

TEST_F(SourcePacerTest, WhoIsTooFarAheadPausesUntilTheOthersHaveCaughtUp) {
  SourcePacer fast(alignment_, context_);
  SourcePacer slow(alignment_, context_);
  WatermarkEmitter ahead;
  WatermarkEmitter behind;
  ahead.emit_watermark(100);
  behind.emit_watermark(49);
  EXPECT_FALSE(fast.is_paused(ahead));  // nobody else has said anything yet
  EXPECT_FALSE(slow.is_paused(behind));
  clock_.advance_millis(100);
  EXPECT_TRUE(fast.is_paused(ahead));
  EXPECT_EQ(sleeps_, std::vector<int64_t>(3, 100'000'000));
  behind.emit_watermark(50);
  EXPECT_FALSE(slow.is_paused(behind));
  EXPECT_TRUE(fast.is_paused(ahead));
  clock_.advance_millis(100);
  EXPECT_FALSE(slow.is_paused(behind));
  EXPECT_FALSE(fast.is_paused(ahead));
  EXPECT_EQ(fast.paused_nanos(), 100'000'000);
}

TEST_F(SourcePacerTest, WhoIsIdleOrGoneHoldsNobodyBack) {
  SourcePacer fast(alignment_, context_);
  auto slow = std::make_unique<SourcePacer>(alignment_, context_);
  WatermarkEmitter ahead;
  WatermarkEmitter behind;
  ahead.emit_watermark(kMaxTimestamp - 1);
  behind.emit_watermark(0);
  EXPECT_FALSE(slow->is_paused(behind));
  EXPECT_TRUE(fast.is_paused(ahead));
  behind.mark_idle();
  clock_.advance_millis(100);
  EXPECT_FALSE(slow->is_paused(behind));
  EXPECT_FALSE(fast.is_paused(ahead));
  behind.emit_watermark(1);
  clock_.advance_millis(100);
  EXPECT_FALSE(slow->is_paused(behind));
  EXPECT_TRUE(fast.is_paused(ahead));
  slow.reset();
  clock_.advance_millis(100);
  EXPECT_FALSE(fast.is_paused(ahead));
}

}  // namespace
}  // namespace pf::testing
