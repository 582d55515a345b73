#include "dataflow/operator/sorted_input.h"

#include <gtest/gtest.h>

#include "dataflow/exchange/value_as_key.h"
#include "harness/operator_harness.h"
#include "harness/test_operators.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

using Texts = std::vector<std::string>;

/// Notes what it is given, and passes it on.
class Noting final : public Operator {
 public:
  explicit Noting(Texts& notes) : notes_(notes) {}
  Step process_batch(int input, Batch& batch, Outbox& out) override {
    for (const auto& value : strings_of(batch)) notes_.push_back(std::to_string(input) + value);
    out.emit(std::move(batch));
    return Step::kDone;
  }
  Step process_watermark(Watermark watermark, Outbox& out) override {
    notes_.push_back(watermark.timestamp == kMaxTimestamp ? "end of time" : "watermark");
    return Operator::process_watermark(watermark, out);
  }
  Step end_input(int input, Outbox&) override {
    notes_.push_back("end " + std::to_string(input));
    return Step::kDone;
  }
  void close() override { notes_.push_back("close"); }

 private:
  Texts& notes_;
};

/// Texts keyed by their first letter.
Batch texts(const Texts& values, std::vector<int64_t> timestamps = {}) {
  Batch batch = strings(values);
  Texts keys;
  for (const auto& value : values) keys.push_back(value.substr(0, 1));
  batch.keys = string_column(keys);
  if (!timestamps.empty()) {
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps));
  }
  return batch;
}

std::unique_ptr<Operator> sorted(Texts& notes, std::vector<bool> keyed) {
  std::vector<std::shared_ptr<const KeyExtractorFactory>> keys;
  for (bool is_keyed : keyed) keys.push_back(is_keyed ? make_value_as_key() : nullptr);
  return make_sorted_input(std::make_unique<Noting>(notes), std::move(keys));
}

TEST(SortedInputTest, RowsOfAKeyComeTogetherInOrderOfArrivalAndTheWatermarkLast) {
  for (size_t batch_size : {1, 2, 3, 4096}) {
    Texts notes;
    OperatorHarness harness(sorted(notes, {true}), batch_size);
    harness.open();
    harness.process_batch(texts({"b1", "a1", "c1", "b2"}));
    harness.process_watermark(5);
    harness.process_batch(texts({"a2", "b3"}));
    harness.process_watermark(kMaxTimestamp);
    EXPECT_EQ(notes, Texts{});
    harness.end_input();
    harness.close();
    EXPECT_EQ(notes, (Texts{"0a1", "0a2", "0b1", "0b2", "0b3", "0c1", "end of time", "end 0", "close"}));
    EXPECT_EQ(std::get<Watermark>(harness.output().back()).timestamp, kMaxTimestamp);
    for (const Batch& batch : harness.batches()) {
      EXPECT_LE(batch.size(), batch_size);
      ASSERT_NE(batch.keys, nullptr);
      for (size_t row = 0; row < batch.size(); ++row) {
        EXPECT_EQ(strings_of(*batch.keys)[row], strings_of(batch)[row].substr(0, 1));
      }
    }
  }
}

TEST(SortedInputTest, WithinAKeyTimestampsDecide) {
  Texts notes;
  OperatorHarness harness(sorted(notes, {true, true}), 4096);
  harness.open();
  harness.process_batch(texts({"a9", "b5", "a2"}, {9, 5, 2}), 0);
  harness.process_batch(texts({"a7", "a2", "b1"}, {7, 2, 1}), 1);
  harness.end_input(1);
  EXPECT_EQ(notes, Texts{});
  harness.end_input(0);
  EXPECT_EQ(notes, (Texts{"0a2", "1a2", "1a7", "0a9", "1b1", "0b5", "end of time", "end 0", "end 1"}));
}

TEST(SortedInputTest, AnInputWithoutKeysGoesThroughAtOnce) {
  Texts notes;
  OperatorHarness harness(sorted(notes, {true, false}), 4096);
  harness.open();
  harness.process_batch(texts({"b", "a"}), 0);
  harness.process_batch(strings({"rule"}), 1);
  EXPECT_EQ(notes, (Texts{"1rule"}));
  harness.end_input(1);
  harness.end_input(0);
  EXPECT_EQ(notes, (Texts{"1rule", "0a", "0b", "end of time", "end 0", "end 1"}));
}

TEST(SortedInputTest, NoRowsAreFine) {
  Texts notes;
  OperatorHarness harness(sorted(notes, {true}));
  harness.open();
  harness.end_input();
  EXPECT_EQ(notes, (Texts{"end of time", "end 0"}));
}

}  // namespace
}  // namespace pf::testing
