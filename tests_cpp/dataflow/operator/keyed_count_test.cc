#include "dataflow/operator/keyed_count.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/operator_harness.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

std::vector<Count> all_counts(const OperatorHarness& harness) {
  return harness.values([](const Batch& b) { return counts_of(b); });
}

const std::vector<Batch> kWords = {keyed_strings({"a", "b", "a"}), keyed_strings({"a", "", "b"})};

TEST(KeyedCountTest, StreamingEmitsEachStepOfTheCount) {
  in_all_circumstances(*make_keyed_count(), kWords, [](const OperatorHarness& harness) {
    EXPECT_EQ(all_counts(harness),
              (std::vector<Count>{{"a", 1}, {"b", 1}, {"a", 2}, {"a", 3}, {"", 1}, {"b", 2}}));
    EXPECT_LE(harness.most_at_once(), 1U);
  });
}

TEST(KeyedCountTest, BatchModeEmitsOneTotalForEachKeyAtTheEnd) {
  auto check = [](const OperatorHarness& harness) {
    auto counts = all_counts(harness);
    std::sort(counts.begin(), counts.end());
    EXPECT_EQ(counts, (std::vector<Count>{{"", 1}, {"a", 3}, {"b", 2}}));
    EXPECT_LE(harness.most_at_once(), 1U);
    EXPECT_TRUE(std::holds_alternative<Watermark>(harness.output().front()));
  };
  in_all_circumstances(*make_keyed_count(), kWords, check, true);
}

TEST(KeyedCountTest, BatchModeWithoutInputEmitsNothing) {
  in_all_circumstances(
      *make_keyed_count(), {}, [](const OperatorHarness& h) { EXPECT_TRUE(h.batches().empty()); }, true);
}

TEST(KeyedCountTest, TimestampsStayWithTheirRecords) {
  OperatorHarness harness(make_keyed_count()->create());
  harness.open();
  Batch batch = keyed_strings({"x", "y"});
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{5, 7});
  harness.process_batch(batch);
  EXPECT_EQ(*harness.batches().at(0).timestamps, (std::vector<int64_t>{5, 7}));
}

TEST(KeyedCountTest, UnkeyedInputIsRefused) {
  OperatorHarness harness(make_keyed_count()->create());
  harness.open();
  EXPECT_THROW(harness.process_batch(strings({"a"})), Error);
}

}  // namespace
}  // namespace pf::testing
