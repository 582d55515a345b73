#include "dataflow/async/async_queue.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

std::string watermark_name(int64_t timestamp) {
  std::string name = "w";
  return name += std::to_string(timestamp);
}

/// As text: "3" the result of call 3, "w5" a watermark, "" nothing.
std::string text_of(const std::optional<AsyncQueue::Item>& item) {
  if (!item) return "";
  if (const auto* call = std::get_if<CallId>(&*item)) return std::to_string(*call);
  return watermark_name(std::get<Watermark>(*item).timestamp);
}

std::vector<std::string> drain(AsyncQueue& queue) {
  std::vector<std::string> items;
  for (auto item = queue.pop(); item; item = queue.pop()) items.push_back(text_of(item));
  return items;
}

using Items = std::vector<std::string>;

TEST(AsyncQueueTest, OrderedResultsWaitForThoseBefore) {
  AsyncQueue queue(AsyncOrder::kOrdered, 10);
  for (CallId call : {1, 2, 3}) queue.add_call(call);
  queue.complete(3);
  queue.complete(2);
  EXPECT_EQ(drain(queue), Items{});
  queue.complete(1);
  EXPECT_EQ(drain(queue), (Items{"1", "2", "3"}));
  EXPECT_TRUE(queue.empty());
}

TEST(AsyncQueueTest, UnorderedResultsLeaveAsTheyCome) {
  AsyncQueue queue(AsyncOrder::kUnordered, 10);
  for (CallId call : {1, 2, 3}) queue.add_call(call);
  queue.complete(3);
  queue.complete(1);
  EXPECT_EQ(drain(queue), (Items{"3", "1"}));
  EXPECT_FALSE(queue.empty());
}

TEST(AsyncQueueTest, UnorderedResultsNeverCrossAWatermark) {
  AsyncQueue queue(AsyncOrder::kUnordered, 10);
  queue.add_call(1);
  queue.add_watermark({5});
  queue.add_call(2);
  queue.complete(2);
  EXPECT_EQ(drain(queue), Items{});
  queue.complete(1);
  EXPECT_EQ(drain(queue), (Items{"1", "w5", "2"}));
}

TEST(AsyncQueueTest, WatermarksLeaveAtOnceWhenNothingIsBeforeThem) {
  for (AsyncOrder order : {AsyncOrder::kOrdered, AsyncOrder::kUnordered}) {
    AsyncQueue queue(order, 1);
    queue.add_watermark({1});
    EXPECT_EQ(drain(queue), Items{"w1"});
    EXPECT_TRUE(queue.empty());
  }
}

TEST(AsyncQueueTest, CallsAndWatermarksAreBoundedEachForItself) {
  AsyncQueue queue(AsyncOrder::kUnordered, 2);
  queue.add_call(1);
  queue.add_call(2);
  EXPECT_FALSE(queue.has_room_for_call());
  queue.complete(1);
  EXPECT_FALSE(queue.has_room_for_call()) << "a result that has not left still counts";
  queue.add_watermark({1});
  EXPECT_TRUE(queue.has_room_for_watermark());
  queue.add_watermark({2});
  EXPECT_FALSE(queue.has_room_for_watermark());
  EXPECT_EQ(drain(queue), Items{"1"});
  EXPECT_TRUE(queue.has_room_for_call());
  queue.complete(2);
  EXPECT_EQ(drain(queue), (Items{"2", "w1", "w2"}));
}

/// All that has been put in and not left, in order; looks at everything each time.
struct Oracle {
  struct Entry {
    std::string name;
    bool watermark = false;
    int completed = 0;  // when, counted from 1
  };
  std::string pop() {
    auto end = std::find_if(entries.begin(), entries.end(), [](const Entry& e) { return e.watermark; });
    auto next = entries.end();
    for (auto entry = entries.begin(); entry != end; ++entry) {
      if (ordered && entry != entries.begin()) break;
      if (entry->completed == 0) continue;
      if (next == entries.end() || entry->completed < next->completed) next = entry;
    }
    if (next == entries.end() && end == entries.begin() && !entries.empty()) next = end;
    if (next == entries.end()) return "";
    std::string name = next->name;
    entries.erase(next);
    return name;
  }
  bool ordered;
  std::vector<Entry> entries;
};

TEST(AsyncQueueTest, AgreesWithAnOracleInAnyOrderOfEvents) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    auto order = random() % 2 ? AsyncOrder::kOrdered : AsyncOrder::kUnordered;
    AsyncQueue queue(order, 1 + random() % 6);
    Oracle oracle{order == AsyncOrder::kOrdered, {}};
    std::vector<CallId> running;
    CallId next_call = 1;
    int completions = 0;
    for (int step = 0; step < 60; ++step) {
      switch (random() % 4) {
        case 0:
          if (!queue.has_room_for_call()) break;
          queue.add_call(next_call);
          oracle.entries.push_back({std::to_string(next_call)});
          running.push_back(next_call++);
          break;
        case 1:
          if (random() % 3 || !queue.has_room_for_watermark()) break;
          queue.add_watermark({step});
          oracle.entries.push_back({watermark_name(step), true});
          break;
        case 2: {
          if (running.empty()) break;
          auto call = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
          queue.complete(*call);
          for (auto& entry : oracle.entries) {
            if (entry.name == std::to_string(*call)) entry.completed = ++completions;
          }
          running.erase(call);
          break;
        }
        default:
          ASSERT_EQ(text_of(queue.pop()), oracle.pop()) << "seed " << seed << " step " << step;
      }
      ASSERT_EQ(queue.empty(), oracle.entries.empty()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace pf::testing
