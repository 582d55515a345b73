#include "dataflow/operator/rolling_aggregate.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dataflow/operator/operator_failure.h"
#include "harness/operator_harness.h"
#include "harness/values.h"
#include "model/key_group.h"
#include "model/nested_column.h"

namespace pf::testing {
namespace {

/// TUPLE[STRING, LONG, LONG] keyed by its first field.
struct Record {
  std::string key;
  int64_t value;
  int64_t other;
  bool operator==(const Record&) const = default;
};
using Records = std::vector<Record>;

Batch keyed(const Records& records) {
  StringColumnBuilder keys;
  std::vector<int64_t> values, others;
  for (const Record& record : records) {
    keys.append(record.key);
    values.push_back(record.value);
    others.push_back(record.other);
  }
  Batch batch;
  std::vector<ColumnPtr> fields = {keys.finish(), longs(values).values, longs(others).values};
  batch.keys = fields[0];
  batch.values = std::make_shared<StructColumn>(std::move(fields), records.size());
  return batch;
}

Records records_of(const Batch& batch) {
  const auto& fields = dynamic_cast<const StructColumn&>(*batch.values).fields();
  auto keys = strings_of(*fields.at(0));
  Records records;
  for (size_t row = 0; row < keys.size(); ++row) {
    records.push_back({keys[row], longs_of(*fields.at(1))[row], longs_of(*fields.at(2))[row]});
  }
  return records;
}

std::shared_ptr<const OperatorFactory> rolling(AggregateKind aggregate) {
  return make_rolling_aggregate(
      record_aggregation(aggregate, 1, keyed({{"", 0, 0}}).values->type(), TypeInfo::of(TypeKind::kString)));
}

const Records kRecords = {{"a", 3, 0}, {"b", 5, 1}, {"a", 1, 2}, {"a", 3, 3}, {"a", 1, 4}, {"b", 7, 5}};

void expect_rolling(AggregateKind aggregate, const Records& each, const Records& final) {
  std::vector<Batch> input = {keyed({kRecords.begin(), kRecords.begin() + 4}),
                              keyed({kRecords.begin() + 4, kRecords.end()})};
  auto check_each = [&](const OperatorHarness& h) { EXPECT_EQ(h.values(records_of), each); };
  in_all_circumstances(*rolling(aggregate), input, check_each);
  auto check = [&](const OperatorHarness& h) {
    EXPECT_EQ(h.values(records_of), final);
    EXPECT_LE(h.most_at_once(), 1U);
  };
  in_all_circumstances(*rolling(aggregate), input, check, true);
}

TEST(RollingAggregateTest, SumMinAndMaxChangeOneFieldOfTheFirstRecord) {
  expect_rolling(AggregateKind::kSum,
                 {{"a", 3, 0}, {"b", 5, 1}, {"a", 4, 0}, {"a", 7, 0}, {"a", 8, 0}, {"b", 12, 1}},
                 {{"a", 8, 0}, {"b", 12, 1}});
  expect_rolling(AggregateKind::kMin,
                 {{"a", 3, 0}, {"b", 5, 1}, {"a", 1, 0}, {"a", 1, 0}, {"a", 1, 0}, {"b", 5, 1}},
                 {{"a", 1, 0}, {"b", 5, 1}});
  expect_rolling(AggregateKind::kMax,
                 {{"a", 3, 0}, {"b", 5, 1}, {"a", 3, 0}, {"a", 3, 0}, {"a", 3, 0}, {"b", 7, 1}},
                 {{"a", 3, 0}, {"b", 7, 1}});
}

TEST(RollingAggregateTest, MinByAndMaxByGiveTheFirstOfTheBestRecords) {
  expect_rolling(AggregateKind::kMinBy,
                 {{"a", 3, 0}, {"b", 5, 1}, {"a", 1, 2}, {"a", 1, 2}, {"a", 1, 2}, {"b", 5, 1}},
                 {{"a", 1, 2}, {"b", 5, 1}});
  expect_rolling(AggregateKind::kMaxBy,
                 {{"a", 3, 0}, {"b", 5, 1}, {"a", 3, 0}, {"a", 3, 0}, {"a", 3, 0}, {"b", 7, 5}},
                 {{"a", 3, 0}, {"b", 7, 5}});
}

TEST(RollingAggregateTest, BetteredRecordsAreForgotten) {
  OperatorHarness harness(rolling(AggregateKind::kMaxBy)->create(), 4096);
  harness.open();
  for (int64_t i = 0; i < 20; ++i) {
    Records rising;
    for (int64_t k = 0; k < 1000; ++k)
      rising.push_back({std::string("k").append(std::to_string(k % 7)), i * 1000 + k, k});
    harness.process_batch(keyed(rising));
    EXPECT_EQ(records_of(harness.batches().back()), rising);
  }
}

TEST(RollingAggregateTest, ManyKeysStayApart) {
  OperatorHarness harness(rolling(AggregateKind::kSum)->create(), 4096);
  harness.open();
  for (int64_t round = 1; round <= 3; ++round) {
    Records records, expected;
    for (int64_t k = 0; k < 3000; ++k) {
      records.push_back({std::to_string(k), k, round});
      expected.push_back({std::to_string(k), k * round, 1});
    }
    harness.process_batch(keyed(records));
    EXPECT_EQ(records_of(harness.batches().back()), expected);
  }
}

template <typename T>
std::vector<T> sums(std::vector<T> values) {
  auto column = std::make_shared<FixedColumn<T>>(std::move(values));
  auto spec =
      record_aggregation(AggregateKind::kSum, std::nullopt, column->type(), TypeInfo::of(TypeKind::kLong));
  OperatorHarness harness(make_rolling_aggregate(spec)->create());
  harness.open();
  Batch batch;
  batch.values = column;
  batch.keys = longs(std::vector<int64_t>(column->size(), 1)).values;
  harness.process_batch(batch);
  const auto batches = harness.batches();
  const auto& sums = dynamic_cast<const FixedColumn<T>&>(*batches.at(0).values).values();
  return {sums.begin(), sums.end()};
}

template <typename T>
bool overflows(std::vector<T> values) {
  try {
    sums<T>(std::move(values));
  } catch (const OperatorFailure& failure) {
    return failure.kind() == OperatorFailure::Kind::kOverflow && failure.record()->size() == 1;
  }
  return false;
}

TEST(RollingAggregateTest, WholeNumbersThatTheirTypeDoesNotHoldAreRefused) {
  EXPECT_TRUE(overflows<int8_t>({127, 1}));
  EXPECT_TRUE(overflows<int16_t>({-32768, -1}));
  EXPECT_TRUE(overflows<int32_t>({INT32_MAX, 2}));
  EXPECT_TRUE(overflows<int64_t>({INT64_MAX, 1}));
  EXPECT_EQ(sums<int8_t>({126, 1}), (std::vector<int8_t>{126, 127}));
  EXPECT_EQ(sums<double>({1e308, 1e308})[1], std::numeric_limits<double>::infinity());
  EXPECT_EQ(sums<float>({16777216.0F, 1.0F})[1], 16777216.0F);
}

TEST(RollingAggregateTest, AMissingValueIsPassedOnAloneAndRefusedAmongOthers) {
  auto missing = std::make_shared<FixedColumn<int64_t>>(std::vector<int64_t>{0, 4, 5}, Validity({0b110}));
  auto spec =
      record_aggregation(AggregateKind::kMin, std::nullopt, missing->type(), TypeInfo::of(TypeKind::kLong));
  OperatorHarness harness(make_rolling_aggregate(spec)->create());
  harness.open();
  Batch batch;
  batch.values = missing;
  batch.keys = longs({1, 2, 3}).values;
  harness.process_batch(batch);
  const auto& first = dynamic_cast<const FixedColumn<int64_t>&>(*harness.batches().at(0).values);
  EXPECT_FALSE(first.validity()[0]);
  EXPECT_TRUE(first.validity()[1]);
  EXPECT_THROW(harness.process_batch(batch), Error);
}

TEST(RollingAggregateTest, KeysOfAllKindsAreToldApart) {
  std::vector<double> keys = {0.0, -0.0, NAN, -NAN, 1.0, 0.0};
  auto spec = record_aggregation(AggregateKind::kSum, std::nullopt, TypeInfo::of(TypeKind::kLong),
                                 TypeInfo::of(TypeKind::kDouble));
  OperatorHarness harness(make_rolling_aggregate(spec)->create());
  harness.open();
  Batch batch = longs({1, 2, 4, 8, 16, 32});
  batch.keys = std::make_shared<FixedColumn<double>>(keys);
  harness.process_batch(batch);
  EXPECT_EQ(longs_of(harness.batches().at(0)), (std::vector<int64_t>{1, 2, 4, 12, 16, 33}));
}

TEST(RollingAggregateTest, CountAndAverageRollToo) {
  for (auto [kind, check] :
       {std::pair<AggregateKind, std::vector<double>>{AggregateKind::kCount, {1, 1, 2, 3}},
        {AggregateKind::kAvg, {3, 5, 2, 7.0 / 3}}}) {
    Aggregation aggregation{TypeInfo::of(TypeKind::kString),
                            keyed({{"", 0, 0}}).values->type(),
                            {{kind, 1}},
                            ResultShape::kValue};
    OperatorHarness harness(make_rolling_aggregate(aggregation)->create());
    harness.open();
    harness.process_batch(keyed({kRecords.begin(), kRecords.begin() + 4}));
    ColumnPtr values = harness.batches().at(0).values;
    for (size_t row = 0; row < check.size(); ++row) {
      double value = kind == AggregateKind::kCount
                         ? static_cast<double>(longs_of(*values)[row])
                         : dynamic_cast<const FixedColumn<double>&>(*values).values()[row];
      EXPECT_EQ(value, check[row]);
    }
  }
}

TEST(RollingAggregateTest, SingleFloatsGoToTheSubtaskOfTheirOwnHash) {
  TypeInfoPtr floats = TypeInfo::of(TypeKind::kFloat);
  auto factory = make_rolling_aggregate(
      record_aggregation(AggregateKind::kSum, std::nullopt, TypeInfo::of(TypeKind::kLong), floats));
  Batch batch = longs({1, 1, 1, 1, 1, 1});
  auto keys = std::make_shared<FixedColumn<float>>(std::vector<float>{0.5F, 1.1F, -3.0F, NAN, 7e9F, 2.25F});
  batch.keys = keys;
  OperatorHarness whole(factory->create());
  whole.context().parallelism = 2;
  whole.open();
  whole.process_batch(batch);
  std::vector<int32_t> hashes = hashes_of(*keys);
  for (uint32_t row = 0; row < keys->size(); ++row) {
    OperatorHarness part(factory->create());
    part.context().parallelism = 2;
    part.context().subtask = subtask_of_key_group(key_group_of(hashes[row], part.context().max_parallelism),
                                                  part.context().max_parallelism, 2);
    part.context().restored = {std::make_shared<const OperatorSnapshot>(whole.snapshot())};
    part.open();
    part.process_batch(batch.select({&row, 1}));
    EXPECT_EQ(longs_of(part.batches().at(0)), std::vector<int64_t>{2});
  }
}

TEST(RollingAggregateTest, OnlyNumbersAreAggregated) {
  TypeInfoPtr text = TypeInfo::of(TypeKind::kString);
  EXPECT_THROW(make_rolling_aggregate(record_aggregation(AggregateKind::kSum, std::nullopt, text, text)),
               Error);
}

}  // namespace
}  // namespace pf::testing
