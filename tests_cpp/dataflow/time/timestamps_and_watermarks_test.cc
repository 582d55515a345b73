#include "dataflow/time/timestamps_and_watermarks.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "dataflow/time/watermarked_source.h"
#include "harness/operator_harness.h"
#include "harness/test_operators.h"

namespace pf::testing {
namespace {

/// Each row's value is its timestamp; at most `at_once` rows are stamped in a call.
class ValuesAsTimestamps final : public TimestampAssigner {
 public:
  explicit ValuesAsTimestamps(size_t at_once) : at_once_(at_once) {}
  size_t assign(const Batch& batch, size_t begin, size_t end, std::span<int64_t> timestamps) override {
    end = std::min(end, begin + at_once_);
    for (size_t row = begin; row < end; ++row) timestamps[row] = longs_of(batch)[row];
    return end;
  }

 private:
  size_t at_once_;
};

/// Emits the timestamp of each row that is a multiple of 10.
class Punctuated final : public WatermarkGenerator {
 public:
  void on_events(const Batch&, size_t begin, size_t, std::span<const int64_t> timestamps,
                 WatermarkOutput& out) override {
    if (timestamps[begin] % 10 == 0) out.emit_watermark(timestamps[begin]);
  }
  void on_periodic_emit(int64_t, WatermarkOutput&) override {}
  bool row_by_row() const override { return true; }
};

class TestStrategy final : public WatermarkStrategy {
 public:
  using Generate = std::function<std::unique_ptr<WatermarkGenerator>()>;
  TestStrategy(Generate generate, int64_t interval = 200, size_t at_once = 1'000)
      : WatermarkStrategy(interval), generate_(std::move(generate)), at_once_(at_once) {}

  std::unique_ptr<EventTime> open(OperatorContext&) const override {
    struct Opened final : EventTime {
      Opened(const Generate& generate, size_t at_once) : generate(generate), stamps(at_once) {}
      TimestampAssigner* assigner() override { return &stamps; }
      std::unique_ptr<WatermarkGenerator> create_generator() override { return generate(); }
      Generate generate;
      ValuesAsTimestamps stamps;
    };
    return std::make_unique<Opened>(generate_, at_once_);
  }

 private:
  Generate generate_;
  size_t at_once_;
};

std::shared_ptr<const WatermarkStrategy> punctuated(size_t at_once = 1'000) {
  return std::make_shared<TestStrategy>([] { return std::make_unique<Punctuated>(); }, 200, at_once);
}
std::shared_ptr<const WatermarkStrategy> monotonous(int64_t interval = 200) {
  return std::make_shared<TestStrategy>([] { return make_bounded_out_of_orderness(0); }, interval);
}

/// What was emitted: rows as "value@timestamp", watermarks as "w5".
std::string text_of(const std::vector<StreamElement>& elements) {
  std::string text;
  for (const StreamElement& element : elements) {
    if (const auto* batch = std::get_if<Batch>(&element)) {
      for (size_t row = 0; row < batch->size(); ++row) {
        text += std::to_string(longs_of(*batch)[row]) + "@" +
                (batch->timestamps ? std::to_string((*batch->timestamps)[row]) : "-") + " ";
      }
    } else if (const auto* watermark = std::get_if<Watermark>(&element)) {
      bool last = watermark->timestamp == kMaxTimestamp;
      text += "w" + (last ? "max" : std::to_string(watermark->timestamp)) + " ";
    } else if (const auto* status = std::get_if<WatermarkStatus>(&element)) {
      text += status->idle ? "idle " : "active ";
    }
  }
  return text;
}

TEST(TimestampsAndWatermarksTest, APunctuatedWatermarkComesRightAfterItsRow) {
  for (size_t at_once : {1, 2, 1'000}) {
    for (bool row_by_row : {false, true}) {
      OperatorHarness harness(make_timestamps_and_watermarks(punctuated(at_once))->create());
      harness.open();
      Batch batch = longs({1, 10, 3, 20, 15, 20});
      row_by_row ? harness.process_rows(batch) : harness.process_batch(batch);
      EXPECT_EQ(text_of(harness.output()), "1@1 10@10 w10 3@3 20@20 w20 15@15 20@20 ");
    }
  }
}

TEST(TimestampsAndWatermarksTest, PeriodicWatermarksComeAtTheirTime) {
  OperatorHarness harness(make_timestamps_and_watermarks(monotonous())->create());
  harness.open();
  harness.process_batch(longs({5, 9, 7}));
  harness.advance_clock(199);
  EXPECT_EQ(text_of(harness.output()), "5@5 9@9 7@7 ");
  harness.advance_clock(1);
  EXPECT_EQ(text_of(harness.output()), "5@5 9@9 7@7 w8 ");
  harness.process_batch(longs({11}));
  harness.advance_clock(200);
  EXPECT_EQ(text_of(harness.output()), "5@5 9@9 7@7 w8 11@11 w10 ");
}

TEST(TimestampsAndWatermarksTest, WithoutAnIntervalTheOnlyPeriodicCallIsAtTheEnd) {
  OperatorHarness harness(make_timestamps_and_watermarks(monotonous(0))->create());
  harness.open();
  harness.process_batch(longs({5}));
  harness.advance_clock(1'000);
  EXPECT_EQ(text_of(harness.output()), "5@5 ");
  harness.end_input();
  EXPECT_EQ(text_of(harness.output()), "5@5 w4 ");
}

TEST(TimestampsAndWatermarksTest, OfWatermarksFromBeforeOnlyTheLastCounts) {
  OperatorHarness harness(make_timestamps_and_watermarks(monotonous())->create());
  harness.open();
  harness.process_watermark(1'000);
  harness.process_batch(longs({5}));
  harness.process_watermark(kMaxTimestamp);
  harness.end_input();
  EXPECT_EQ(text_of(harness.output()), "5@5 wmax ");
}

TEST(TimestampsAndWatermarksTest, InBatchModeThereIsOnlyTheLast) {
  OperatorHarness harness(make_timestamps_and_watermarks(punctuated())->create());
  harness.context().batch_mode = true;
  harness.open();
  harness.process_batch(longs({10, 20}));
  harness.advance_clock(1'000);
  harness.process_watermark(kMaxTimestamp);
  harness.end_input();
  EXPECT_EQ(text_of(harness.output()), "10@10 20@20 wmax ");
}

TEST(TimestampsAndWatermarksTest, WithoutAnAssignerRowsKeepTheirTimestamps) {
  OperatorHarness harness(
      make_timestamps_and_watermarks(make_watermark_strategy({.bound_millis = 2}, 100))->create());
  harness.open();
  Batch stamped = longs({1, 2});
  stamped.timestamps = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{30, 40});
  harness.process_batch(stamped);
  harness.process_batch(longs({3}));
  harness.advance_clock(100);
  EXPECT_EQ(text_of(harness.output()), "1@30 2@40 3@- w37 ");
}

TEST(TimestampsAndWatermarksTest, ASilentStreamFallsIdle) {
  GeneratorSettings settings{.bound_millis = 0, .idle_timeout_nanos = 1'000'000'000};
  OperatorHarness harness(make_timestamps_and_watermarks(make_watermark_strategy(settings, 100))->create());
  harness.open();
  for (int tick = 0; tick < 11; ++tick) harness.advance_clock(100);
  EXPECT_EQ(text_of(harness.output()), "");
  harness.advance_clock(100);
  EXPECT_EQ(text_of(harness.output()), "idle ");
}

TEST(TimestampsAndWatermarksTest, IngestionTimeIsTheClockAndNeverFalls) {
  OperatorHarness harness(make_timestamps_and_watermarks(make_ingestion_time(100))->create());
  harness.open();
  harness.process_batch(longs({1, 2}));
  harness.advance_clock(100);
  harness.process_batch(longs({3}));
  EXPECT_EQ(text_of(harness.output()), "1@1000000 2@1000000 w1000099 3@1000100 ");
}

TEST(TimestampsAndWatermarksTest, HoweverTheInputIsCutWatermarksRiseAndNoneOvertakesItsRow) {
  for (uint64_t seed = 0; seed < 2'000; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<int64_t> values(random() % 30);
    for (auto& value : values) value = static_cast<int64_t>(random() % 50);
    std::string expected;
    int64_t highest = kMinTimestamp;
    for (int64_t value : values) {
      expected += std::to_string(value) + "@" + std::to_string(value) + " ";
      if (value % 10 != 0 || value <= highest) continue;
      highest = value;
      expected += "w" + std::to_string(value) + " ";
    }
    OperatorHarness harness(make_timestamps_and_watermarks(punctuated(1 + random() % 4))->create());
    harness.open();
    for (size_t begin = 0; begin < values.size();) {
      size_t end = std::min(values.size(), begin + 1 + random() % 8);
      harness.process_batch(longs({values.begin() + static_cast<std::ptrdiff_t>(begin),
                                   values.begin() + static_cast<std::ptrdiff_t>(end)}));
      begin = end;
    }
    ASSERT_EQ(text_of(harness.output()), expected) << seed;
  }
}

/// Reads two splits in turn, a row of each; a split counts from its first row on.
class TwoSplits final : public Source {
 public:
  Poll poll(Outbox& out) override {
    if (next_ == rows_.size()) return Poll::kEnd;
    out.emit(longs({rows_[next_++]}));
    return Poll::kMore;
  }
  std::optional<uint64_t> split() const override { return next_ % 2; }
  std::vector<uint64_t> take_ended_splits() override {
    if (next_ == rows_.size() - 1) return {1};
    return {};
  }

 private:
  std::vector<int64_t> rows_{10, 100, 20, 200, 30, 300, 250};
  size_t next_ = 0;
};

/// Everything that a source emits until its end or until it waits.
class SourceDriver {
 public:
  explicit SourceDriver(const SourceFactory& factory) : source_(factory.create(0, 1)) {
    context_.clock = &clock;
    context_.wake_after = [this](int64_t nanos) { sleeps.push_back(nanos); };
    source_->open(context_);
  }
  ~SourceDriver() { source_->close(); }
  std::string run() {
    std::vector<StreamElement> all;
    for (Poll answer = Poll::kMore; answer == Poll::kMore;) {
      Outbox out;
      answer = source_->poll(out);
      for (auto& item : out.items()) all.push_back(std::move(item.element));
    }
    return text_of(all);
  }

  ManualClock clock{1'000};
  std::vector<int64_t> sleeps;

 private:
  OperatorContext context_;
  std::unique_ptr<Source> source_;
};

TEST(WatermarkedSourceTest, EachSplitHasWatermarksOfItsOwnAndTheLowestCounts) {
  auto source = make_watermarked_source(source_of<TwoSplits>(), punctuated());
  EXPECT_EQ(SourceDriver(*source).run(),
            "10@10 w10 100@100 20@20 w20 200@200 30@30 w30 300@300 250@250 w250 ");
}

/// A batch, then silence.
class OneBatch final : public Source {
 public:
  Poll poll(Outbox& out) override {
    if (std::exchange(emitted_, true)) return Poll::kWait;
    out.emit(longs({5, 10, 7}));
    out.emit_to_all(Watermark{3});
    return Poll::kMore;
  }

 private:
  bool emitted_ = false;
};

TEST(WatermarkedSourceTest, ASilentSourceIsWokenForItsPeriodicWatermarks) {
  auto source = make_watermarked_source(source_of<OneBatch>(), monotonous());
  SourceDriver driver(*source);
  EXPECT_EQ(driver.run(), "5@5 10@10 7@7 w3 ");
  EXPECT_EQ(driver.sleeps, std::vector<int64_t>{200'000'000});
  driver.clock.advance_millis(200);
  EXPECT_EQ(driver.run(), "w9 ");
  EXPECT_EQ(driver.sleeps.size(), 2U);
}

TEST(WatermarkedSourceTest, PiecesComeOneAtATimeAndInOrder) {
  auto source = make_watermarked_source(source_of<OneBatch>(), punctuated());
  EXPECT_EQ(SourceDriver(*source).run(), "5@5 10@10 w10 7@7 w3 ");
}

}  // namespace
}  // namespace pf::testing
