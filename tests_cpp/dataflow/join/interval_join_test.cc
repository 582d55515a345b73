#include "dataflow/join/interval_join.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataflow/operator/operator_failure.h"
#include "harness/operator_harness.h"
#include "harness/text_results.h"
#include "harness/values.h"
#include "state/column_key_codec.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

/// Gives "left right" for each pair of numbers, so many times each; and counts the pairs of each key in state
/// of its own, which must not get in the way.
class NumberPairs final : public JoinFunction {
 public:
  explicit NumberPairs(size_t results_for_each = 1) : results_for_each_(results_for_each) {}

  void open(OperatorContext& context, KeyedStateBackend& state, TimerService&) override {
    context_ = &context;
    StateDescriptor descriptor;
    descriptor.name = "pairs";
    descriptor.value = make_long_serializer();
    count_ = std::make_unique<ValueState>(state, state.declare(descriptor));
  }
  void close() override { count_.reset(); }
  SerializerPtr records(int) const override { return serializer_; }
  void begin_batch(const Batch& batch) override { batch_ = &batch; }
  void end_batch() override { batch_ = nullptr; }
  Datum record(size_t row) override { return {static_cast<uint64_t>(longs_of(*batch_)[row])}; }
  bool join(const JoinPair& pair) override {
    Datum* count = count_->find();
    count_->put({(count ? count->word : 0) + 1});
    text_ = std::to_string(pair.left.word);
    text_ += " ";
    text_ += std::to_string(pair.right.word);
    timestamp_ = pair.timestamp();
    left_ = results_for_each_;
    return resume();
  }
  bool resume() override {
    for (; left_ > 0; --left_) {
      if (full()) return false;
      results_.add(text_, timestamp_);
    }
    return true;
  }
  bool full() const override { return results_.full(*context_); }
  void flush(Outbox& out) override { results_.flush(out); }

 private:
  const size_t results_for_each_;
  SerializerPtr serializer_ = make_long_serializer();
  OperatorContext* context_ = nullptr;
  std::unique_ptr<ValueState> count_;
  const Batch* batch_ = nullptr;
  std::string text_;
  int64_t timestamp_ = 0;
  size_t left_ = 0;
  TextResults results_;
};

/// Lets a test see the state that the operator makes.
class WatchedBackend final : public StateBackend {
 public:
  std::unique_ptr<KeyedStateBackend> create(const StateOwner& owner) const override {
    auto created = heap_->create(owner);
    state = created.get();
    return created;
  }
  mutable KeyedStateBackend* state = nullptr;

 private:
  std::shared_ptr<const StateBackend> heap_ = make_heap_state_backend();
};

struct Row {
  int64_t number;
  int64_t timestamp;
  std::string key = "k";
};

Batch rows(const std::vector<Row>& rows) {
  std::vector<int64_t> numbers, timestamps;
  std::vector<std::string> keys;
  for (const Row& row : rows) {
    numbers.push_back(row.number);
    timestamps.push_back(row.timestamp);
    keys.push_back(row.key);
  }
  Batch batch = longs(numbers);
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(timestamps);
  batch.keys = string_column(keys);
  return batch;
}

/// A join that is driven step by step.
class Join {
 public:
  Join(int64_t lower, int64_t upper, size_t batch_size = 1, size_t results_for_each = 1)
      : harness_(make_interval_join(plan(lower, upper, results_for_each))->create(), batch_size) {
    harness_.context().state_backend = &backend_;
  }
  Join& with_side_outputs() {
    harness_.context().side_outputs = {"late left", "late right"};
    return *this;
  }
  Join& open() {
    harness_.open();
    return *this;
  }
  void left(std::vector<Row> batch) { harness_.process_batch(rows(batch), 0); }
  void right(std::vector<Row> batch) { harness_.process_batch(rows(batch), 1); }
  void watermark(int64_t timestamp) { harness_.process_watermark(timestamp); }
  std::vector<std::string> pairs() const {
    return harness_.values([](const Batch& b) { return strings_of(b); });
  }
  std::vector<int64_t> late(int slot) const {
    return harness_.values([](const Batch& b) { return longs_of(b); }, slot);
  }
  size_t kept() const {
    size_t kept = 0;
    auto snapshot = backend_.state->snapshot();
    for (size_t state : {1, 2}) {
      snapshot->for_each_row(snapshot->states().at(state), [&](const auto&) { ++kept; });
    }
    return kept;
  }
  OperatorHarness& harness() { return harness_; }

 private:
  static IntervalJoinPlan plan(int64_t lower, int64_t upper, size_t results_for_each) {
    IntervalJoinPlan plan;
    plan.make_function = [=] { return std::make_unique<NumberPairs>(results_for_each); };
    plan.keys = make_column_key_codec();
    plan.lower = lower;
    plan.upper = upper;
    plan.late_left_output = "late left";
    plan.late_right_output = "late right";
    return plan;
  }
  WatchedBackend backend_;
  OperatorHarness harness_;
};

using Texts = std::vector<std::string>;

TEST(IntervalJoinTest, PairsAreThoseWithinTheBoundsBothIncluded) {
  Join join(-2, 1);
  join.open();
  join.right({{1, 7}, {2, 8}, {3, 10}, {4, 11}, {5, 12}});
  join.left({{100, 10}});
  EXPECT_EQ(join.pairs(), (Texts{"100 2", "100 3", "100 4"}));
}

TEST(IntervalJoinTest, WhicheverComesFirst) {
  Join join(-2, 1);
  join.open();
  join.left({{100, 10}});
  join.right({{5, 12}, {4, 11}, {3, 10}, {2, 8}, {1, 7}});
  EXPECT_EQ(join.pairs(), (Texts{"100 4", "100 3", "100 2"}));
}

TEST(IntervalJoinTest, KeysDoNotMeet) {
  Join join(0, 0);
  join.open();
  join.left({{1, 5, "a"}, {2, 5, "b"}});
  join.right({{3, 5, "b"}, {4, 5, "c"}});
  EXPECT_EQ(join.pairs(), Texts{"2 3"});
}

TEST(IntervalJoinTest, RecordsOfOneTimestampMeetInTheOrderOfArrival) {
  Join join(0, 0);
  join.open();
  join.left({{1, 5}, {2, 5}, {2, 5}});
  join.right({{3, 5}});
  EXPECT_EQ(join.pairs(), (Texts{"1 3", "2 3", "2 3"}));
}

TEST(IntervalJoinTest, ResultsHaveTheLaterTimestamp) {
  Join join(-10, 10);
  join.open();
  join.left({{1, 5}});
  join.right({{2, 3}, {3, 8}});
  std::vector<int64_t> timestamps;
  for (const Batch& batch : join.harness().batches()) timestamps.push_back(batch.timestamps->front());
  EXPECT_EQ(timestamps, (std::vector<int64_t>{5, 8}));
}

TEST(IntervalJoinTest, RecordsBehindTheWatermarkGoToTheSideOutputs) {
  Join join(-10, 10);
  join.with_side_outputs().open();
  join.right({{1, 5}});
  join.watermark(6);
  join.left({{2, 5}, {3, 6}});
  join.right({{4, 5}});
  EXPECT_EQ(join.pairs(), Texts{"3 1"});
  EXPECT_EQ(join.late(1), std::vector<int64_t>{2});
  EXPECT_EQ(join.late(2), std::vector<int64_t>{4});
  EXPECT_EQ(join.harness().context().metrics->late_records_dropped.value(), 0);
}

TEST(IntervalJoinTest, LateRecordsThatNobodyWantsAreCounted) {
  Join join(-10, 10);
  join.open();
  join.watermark(6);
  join.left({{2, 5}, {3, 4}});
  EXPECT_EQ(join.harness().context().metrics->late_records_dropped.value(), 2);
}

TEST(IntervalJoinTest, ARecordIsKeptForAsLongAsItMayMeetOthers) {
  Join join(-3, 5);
  join.open();
  join.left({{1, 10}});
  join.right({{2, 20}});
  join.watermark(14);
  EXPECT_EQ(join.kept(), 2U);
  join.watermark(15);
  EXPECT_EQ(join.kept(), 1U);
  join.watermark(22);
  EXPECT_EQ(join.kept(), 1U);
  join.watermark(23);
  EXPECT_EQ(join.kept(), 0U);
}

TEST(IntervalJoinTest, WhenTheOtherSideHasToBeEarlierNothingIsKeptBeyondItsOwnTime) {
  Join join(-5, -3);
  join.open();
  join.left({{1, 10}});
  join.right({{2, 10}});
  join.watermark(10);
  EXPECT_EQ(join.kept(), 1U);
  join.watermark(15);
  EXPECT_EQ(join.kept(), 0U);
}

TEST(IntervalJoinTest, ManyMatchesAndManyResultsComeInBatches) {
  for (size_t batch_size : {1, 3, 100}) {
    Join join(-100, 100, batch_size, 4);
    join.open();
    std::vector<Row> many;
    Texts expected;
    for (int64_t i = 0; i < 20; ++i) {
      many.push_back({i, i});
      for (int n = 0; n < 4; ++n) expected.push_back("77 " + std::to_string(i));
    }
    join.right(many);
    join.left({{77, 10}});
    EXPECT_EQ(join.pairs(), expected);
    for (const Batch& batch : join.harness().batches()) EXPECT_LE(batch.size(), batch_size);
  }
}

TEST(IntervalJoinTest, TheEndsOfTimeDoNotOverflow) {
  Join join(kMinTimestamp, kMaxTimestamp);
  join.open();
  join.left({{1, kMaxTimestamp - 1}, {2, kMinTimestamp + 1}});
  join.right({{3, kMinTimestamp + 1}, {4, kMaxTimestamp - 1}});
  EXPECT_EQ(join.pairs(), (Texts{"2 3", "1 4"})) << "the others are nearly 2^64 ms apart";
  join.watermark(kMaxTimestamp);
  EXPECT_EQ(join.kept(), 0U);
}

TEST(IntervalJoinTest, ARecordWithoutATimestampIsRefused) {
  Join join(0, 0);
  join.open();
  try {
    join.left({{42, kMinTimestamp}});
    FAIL();
  } catch (const OperatorFailure& failure) {
    EXPECT_NE(failure.problem().find("no timestamp"), std::string::npos);
    ASSERT_NE(failure.record(), nullptr);
    EXPECT_EQ(dynamic_cast<const FixedColumn<int64_t>&>(*failure.record()).values()[0], 42);
  }
}

/// All records so far; looks at each when another one comes.
struct Oracle {
  struct Seen {
    bool left;
    Row row;
  };
  std::vector<std::string> take(bool left, const Row& row) {
    std::vector<std::string> pairs;
    if (row.timestamp < watermark) return pairs;
    for (const Seen& other : seen) {
      const Row& l = left ? row : other.row;
      const Row& r = left ? other.row : row;
      if (other.left == left || l.key != r.key) continue;
      if (r.timestamp < l.timestamp + lower || r.timestamp > l.timestamp + upper) continue;
      pairs.push_back(std::to_string(l.number) + " " + std::to_string(r.number));
    }
    seen.push_back({left, row});
    return pairs;
  }
  void rise_to(int64_t timestamp) {
    watermark = timestamp;
    std::erase_if(seen, [&](const Seen& old) {
      return old.row.timestamp + std::max<int64_t>(old.left ? upper : -lower, 0) <= watermark;
    });
  }
  int64_t lower, upper;
  int64_t watermark = kMinTimestamp;
  std::vector<Seen> seen;
};

TEST(IntervalJoinTest, AgreesWithAnOracleInAnyOrderOfEvents) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int n) { return static_cast<int64_t>(random() % static_cast<unsigned>(n)); };
    int64_t lower = below(15) - 7;
    int64_t upper = lower + below(8);
    Join join(lower, upper, 1 + random() % 4);
    join.open();
    Oracle oracle{lower, upper, kMinTimestamp, {}};
    std::vector<std::string> expected;
    int64_t time = 0;
    for (int step = 0; step < 40; ++step) {
      if (random() % 5 == 0) {
        oracle.rise_to(std::max(oracle.watermark, time - below(4)));
        join.watermark(oracle.watermark);
        time = std::max(time, oracle.watermark);
        continue;
      }
      bool left = random() % 2;
      std::vector<Row> batch;
      for (int64_t i = below(4); i >= 0; --i) {
        batch.push_back({step * 10 + i, time + below(9) - 4, random() % 2 ? "a" : "b"});
        auto pairs = oracle.take(left, batch.back());
        expected.insert(expected.end(), pairs.begin(), pairs.end());
      }
      left ? join.left(batch) : join.right(batch);
      time += below(3);
    }
    auto pairs = join.pairs();
    std::sort(pairs.begin(), pairs.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(pairs, expected) << "seed " << seed << " from " << lower << " to " << upper;
    join.watermark(kMaxTimestamp);
    ASSERT_EQ(join.kept(), 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pf::testing
