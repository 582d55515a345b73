#include "dataflow/window/window_aggregate.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "harness/number_windows.h"
#include "harness/window_history.h"

namespace pf::testing {
namespace {

constexpr int kExamples = 2500;

/// What is aggregated of an event, with many equal values among them.
int64_t value_of(int64_t number) { return number * 7 % 5 - 2; }
double real_of(int64_t number) { return static_cast<double>(number * 13 % 11) * 0.1 - 0.3; }

/// TUPLE[STRING, LONG, LONG, DOUBLE]: key, number, value, real; keyed by the first.
Batch records(const std::vector<Event>& events) {
  StringColumnBuilder keys;
  std::vector<int64_t> numbers, values, times;
  std::vector<double> reals;
  for (const Event& event : events) {
    keys.append(event.key);
    numbers.push_back(event.number);
    values.push_back(value_of(event.number));
    reals.push_back(real_of(event.number));
    times.push_back(event.time);
  }
  Batch batch;
  std::vector<ColumnPtr> fields = {keys.finish(), longs(numbers).values, longs(values).values,
                                   std::make_shared<FixedColumn<double>>(std::move(reals))};
  batch.keys = fields[0];
  batch.values = std::make_shared<StructColumn>(std::move(fields), events.size());
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(times));
  return batch;
}

std::string text_of(double value) {
  std::ostringstream text;
  text.precision(17);
  text << value;
  return text.str();
}

std::string cell(const Column& column, size_t row) {
  if (const auto* whole = dynamic_cast<const FixedColumn<int64_t>*>(&column)) {
    return std::to_string(whole->values()[row]);
  }
  if (const auto* real = dynamic_cast<const FixedColumn<double>*>(&column))
    return text_of(real->values()[row]);
  return std::string(dynamic_cast<const StringColumn&>(column).value(row));
}

/// Each record as its fields with blanks between.
std::vector<std::string> rows_of(const Batch& batch) {
  std::vector<std::string> rows(batch.size());
  const auto* fields = dynamic_cast<const StructColumn*>(batch.values.get());
  for (size_t row = 0; row < batch.size(); ++row) {
    if (!fields) rows[row] = cell(*batch.values, row);
    for (size_t i = 0; fields && i < fields->fields().size(); ++i) {
      if (i > 0) rows[row] += ' ';
      rows[row] += cell(*fields->fields()[i], row);
    }
    rows[row].append(" @").append(std::to_string((*batch.timestamps)[row]));
  }
  return rows;
}

Aggregation aggregation(std::vector<AggregateSpec> aggregates, ResultShape shape = ResultShape::kTuple) {
  return {TypeInfo::of(TypeKind::kString), records({}).values->type(), std::move(aggregates), shape};
}

/// One way to aggregate, and what it makes of the numbers of a window in the order of their arrival.
struct Way {
  Aggregation aggregation;
  bool with_window;
  std::string (*expected)(const std::string& key, TimeSpan span, const std::vector<int64_t>& numbers);
};

std::string record_text(const std::string& key, int64_t number, int64_t value) {
  return key + " " + std::to_string(number) + " " + std::to_string(value) + " " + text_of(real_of(number));
}

const std::vector<Way>& ways() {
  using Kind = AggregateKind;
  static const std::vector<Way> ways = {
      {aggregation({{Kind::kCount, {}}, {Kind::kSum, 2}, {Kind::kMin, 2}, {Kind::kMax, 1}, {Kind::kAvg, 2}}),
       true,
       [](const std::string& key, TimeSpan span, const std::vector<int64_t>& numbers) {
         int64_t sum = 0, least = INT64_MAX;
         for (int64_t n : numbers) sum += value_of(n), least = std::min(least, value_of(n));
         auto count = static_cast<int64_t>(numbers.size());
         return key + " " + std::to_string(span.start) + " " + std::to_string(span.end) + " " +
                std::to_string(count) + " " + std::to_string(sum) + " " + std::to_string(least) + " " +
                std::to_string(*std::max_element(numbers.begin(), numbers.end())) + " " +
                text_of(static_cast<double>(sum) / static_cast<double>(count));
       }},
      {aggregation({{Kind::kSum, 3}, {Kind::kAvg, 3}}), false,
       [](const std::string&, TimeSpan, const std::vector<int64_t>& numbers) {
         double sum = real_of(numbers[0]), total = 0;
         for (size_t i = 1; i < numbers.size(); ++i) sum += real_of(numbers[i]);
         for (int64_t n : numbers) total += real_of(n);
         return text_of(sum) + " " + text_of(total / static_cast<double>(numbers.size()));
       }},
      {record_aggregation(Kind::kSum, 2, records({}).values->type(), TypeInfo::of(TypeKind::kString)), false,
       [](const std::string& key, TimeSpan, const std::vector<int64_t>& numbers) {
         int64_t sum = 0;
         for (int64_t n : numbers) sum += value_of(n);
         return record_text(key, numbers[0], sum);
       }},
      {record_aggregation(Kind::kMinBy, 2, records({}).values->type(), TypeInfo::of(TypeKind::kString)),
       false,
       [](const std::string& key, TimeSpan, const std::vector<int64_t>& numbers) {
         int64_t best = numbers[0];
         for (int64_t n : numbers) best = value_of(n) < value_of(best) ? n : best;
         return record_text(key, best, value_of(best));
       }},
      {record_aggregation(Kind::kMaxBy, 3, records({}).values->type(), TypeInfo::of(TypeKind::kString)),
       false,
       [](const std::string& key, TimeSpan, const std::vector<int64_t>& numbers) {
         int64_t best = numbers[0];
         for (int64_t n : numbers) best = real_of(n) > real_of(best) ? n : best;
         return record_text(key, best, value_of(best));
       }},
  };
  return ways;
}

/// The results after each watermark in the order of their windows' ends, those of one window by text.
struct Seen {
  std::vector<std::vector<std::string>> results;
  int64_t dropped = 0;
};

template <typename Read>
Seen run(const OperatorFactory& factory, const History& history, size_t batch_size,
         const std::set<size_t>& restarts, bool only_numbers, Read read) {
  OperatorHarness harness(factory.create(), batch_size);
  harness.open();
  Seen seen;
  size_t shown = 0;
  auto look = [&] {
    auto all = harness.values(read);
    seen.results.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(shown), all.end());
    std::sort(seen.results.back().begin(), seen.results.back().end());
    shown = all.size();
  };
  for (size_t i = 0; i < history.size(); ++i) {
    const auto& [events, watermark] = history[i];
    Batch batch = records(events);
    if (only_numbers) batch.values = dynamic_cast<const StructColumn&>(*batch.values).fields()[1];
    if (!events.empty()) harness.process_batch(std::move(batch));
    look();
    harness.process_watermark(watermark);
    look();
    if (!restarts.contains(i)) continue;
    harness.restart(factory.create());
    harness.process_watermark(watermark);
    look();
  }
  harness.process_watermark(kMaxTimestamp);
  look();
  seen.dropped = harness.context().metrics->late_records_dropped.value();
  return seen;
}

/// What a way makes of what the window operator shows, which gives all numbers of each window.
std::string translated(const Way& way, const std::map<int64_t, std::string>& keys,
                       const std::string& firing) {
  std::istringstream words(firing);
  char mark = 0;
  TimeSpan span;
  words >> mark >> span.start >> mark >> span.end >> mark;
  std::vector<int64_t> numbers;
  for (int64_t number; words >> number;) numbers.push_back(number);
  return way.expected(keys.at(numbers[0]), span, numbers) + " @" + std::to_string(span.end - 1);
}

TEST(WindowAggregatePropertiesTest, AggregatesAreThoseOfTheRecordsThatTheWindowOperatorShows) {
  for (uint32_t seed = 0; seed < kExamples; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Way& way = ways()[random() % ways().size()];
    WindowAggregatePlan plan{way.aggregation};
    plan.size = static_cast<int64_t>(random() % 12 + 1);
    plan.slide = random() % 3 == 0 ? plan.size : static_cast<int64_t>(random() % 14 + 1);
    plan.offset = static_cast<int64_t>(random() % static_cast<uint64_t>(plan.slide));
    plan.allowed_lateness = static_cast<int64_t>(random() % 3 == 0 ? random() % 20 : 0);
    plan.with_window = way.with_window;
    History history = random_history(random);
    std::map<int64_t, std::string> keys;
    for (const auto& [events, watermark] : history) {
      for (const Event& event : events) keys[event.number] = event.key;
    }
    std::set<size_t> restarts;
    for (size_t i = 0; i < history.size(); ++i) {
      if (random() % 40 == 0) restarts.insert(i);
    }

    WindowSetup setup{make_time_windows(plan.size, plan.slide, plan.offset, true)};
    setup.allowed_lateness = plan.allowed_lateness;
    auto fire = [](const Batch& batch) { return strings_of(batch); };
    Seen expected = run(*number_windows(setup), history, 4096, restarts, true, fire);
    for (auto& results : expected.results) {
      for (std::string& result : results) result = translated(way, keys, result);
      std::sort(results.begin(), results.end());
    }
    Seen seen = run(*make_window_aggregate(plan), history, 1 + random() % 4, restarts, false, rows_of);
    ASSERT_EQ(seen.results, expected.results);
    ASSERT_EQ(seen.dropped, expected.dropped);
  }
}

TEST(WindowAggregateTest, WindowsComeInTheOrderOfTheirEnds) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}})};
  plan.size = 10;
  plan.slide = 5;
  plan.with_window = true;
  auto factory = make_window_aggregate(plan);
  in_all_circumstances(
      *factory, {records({{1, 12, "a"}, {2, 3, "a"}}), records({{3, 7, "a"}})}, [](const OperatorHarness& h) {
        EXPECT_EQ(h.values(rows_of),
                  (std::vector<std::string>{"a -5 5 1 @4", "a 0 10 2 @9", "a 5 15 2 @14", "a 10 20 1 @19"}));
        EXPECT_LE(h.most_at_once(), 1U);
      });
}

TEST(WindowAggregateTest, LateRecordsGoToTheirSideOutput) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}})};
  plan.size = plan.slide = 10;
  plan.late_output = "late";
  OperatorHarness harness(make_window_aggregate(plan)->create());
  harness.context().side_outputs = {"late"};
  harness.open();
  harness.process_watermark(20);
  harness.process_batch(records({{1, 15, "a"}, {2, 25, "b"}, {3, 5, "a"}}));
  EXPECT_EQ(harness.values(rows_of, 1), (std::vector<std::string>{record_text("a", 1, value_of(1)) + " @15",
                                                                  record_text("a", 3, value_of(3)) + " @5"}));
  EXPECT_EQ(harness.context().metrics->late_records_dropped.value(), 0);
}

TEST(WindowAggregateTest, WindowsOfTheClockFireWhenItHasPassedTheirEnd) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}}), 1000, 500, 0, false};
  plan.with_window = true;
  OperatorHarness harness(make_window_aggregate(plan)->create());
  harness.open();
  const int64_t now = harness.clock().epoch_millis();
  ASSERT_EQ(now % 1000, 0);
  auto window = [&](int64_t from, int64_t to, int64_t count) {
    return std::string("a ").append(std::to_string(now + from)) + " " + std::to_string(now + to) + " " +
           std::to_string(count) + " @" + std::to_string(now + to - 1);
  };
  harness.process_batch(records({{1, 0, "a"}, {2, 0, "a"}}));
  harness.process_watermark(kMaxTimestamp - 1);
  harness.advance_clock(499);
  EXPECT_TRUE(harness.batches().empty());
  harness.advance_clock(1);
  EXPECT_EQ(harness.values(rows_of), std::vector<std::string>{window(-500, 500, 2)});
  harness.process_batch(records({{3, 0, "a"}}));
  harness.restart(make_window_aggregate(plan)->create());
  harness.advance_clock(1000);
  EXPECT_EQ(harness.values(rows_of),
            (std::vector<std::string>{window(-500, 500, 2), window(0, 1000, 3), window(500, 1500, 1)}));
}

TEST(WindowAggregateTest, ARecordWithoutTimestampIsRefused) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}}), 10, 10};
  OperatorHarness harness(make_window_aggregate(plan)->create());
  harness.open();
  Batch batch = records({{1, 1, "a"}});
  batch.timestamps = nullptr;
  EXPECT_THROW(harness.process_batch(batch), Error);
}

TEST(WindowAggregateTest, StateOfAnotherAggregationIsRefused) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}}), 10, 10};
  OperatorHarness harness(make_window_aggregate(plan)->create());
  harness.open();
  harness.process_batch(records({{1, 1, "a"}}));
  plan.aggregation = aggregation({{AggregateKind::kSum, 2}});
  EXPECT_THROW(harness.restart(make_window_aggregate(plan)->create()), Error);
}

TEST(WindowAggregateTest, EachSubtaskGoesOnWithItsOwnKeys) {
  WindowAggregatePlan plan{aggregation({{AggregateKind::kCount, {}}}), 10, 10};
  plan.with_window = true;
  auto factory = make_window_aggregate(plan);
  OperatorHarness before(factory->create());
  before.open();
  std::vector<Event> events;
  for (int64_t i = 0; i < 50; ++i)
    events.push_back({i, i % 20, std::string("k").append(std::to_string(i % 25))});
  before.process_batch(records(events));
  before.process_watermark(kMaxTimestamp);
  std::vector<std::string> all = before.values(rows_of);
  OperatorHarness saved(factory->create());
  saved.open();
  saved.process_batch(records(events));
  auto snapshot = std::make_shared<const OperatorSnapshot>(saved.snapshot());
  std::vector<std::string> parts;
  for (uint32_t subtask = 0; subtask < 3; ++subtask) {
    OperatorHarness part(factory->create());
    part.context().parallelism = 3;
    part.context().subtask = subtask;
    part.context().restored = {snapshot};
    part.open();
    part.process_watermark(kMaxTimestamp);
    auto some = part.values(rows_of);
    parts.insert(parts.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  std::sort(parts.begin(), parts.end());
  EXPECT_EQ(parts, all);
}

}  // namespace
}  // namespace pf::testing
