#include <algorithm>
#include <map>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "harness/number_windows.h"
#include "harness/window_history.h"

namespace pf::testing {
namespace {

constexpr int kExamples = 2000;

/// What a run shows: each firing, and how many records were dropped.
struct Seen {
  std::vector<std::string> firings;
  int64_t dropped = 0;
  bool operator==(const Seen&) const = default;
};

std::string text(int64_t start, int64_t end, const std::vector<int64_t>& numbers) {
  std::string text = "[" + std::to_string(start) + "," + std::to_string(end) + ")";
  for (int64_t number : numbers) text += " " + std::to_string(number);
  return text;
}

/// With the numbers in order of size: merged sessions keep no order between their parts.
std::string in_order(const std::string& firing) {
  std::istringstream words(firing);
  std::string span;
  words >> span;
  std::vector<int64_t> numbers;
  for (int64_t number; words >> number;) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  for (int64_t number : numbers) span += " " + std::to_string(number);
  return span;
}

class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual void add(const Event& event) = 0;
  virtual void advance(int64_t watermark) = 0;

  Seen seen;

 protected:
  int64_t watermark_ = kMinTimestamp;
};

/// Tumbling where size and slide are equal.
class SlidingOracle final : public Oracle {
 public:
  SlidingOracle(int64_t size, int64_t slide, int64_t lateness)
      : size_(size), slide_(slide), lateness_(lateness) {}

  void add(const Event& event) override {
    bool taken = false;
    for (int64_t start = event.time - size_ + 1; start <= event.time; ++start) {
      if (((start % slide_) + slide_) % slide_ != 0) continue;
      int64_t last = start + size_ - 1;
      if (last + lateness_ <= watermark_) continue;
      taken = true;
      auto& numbers = windows_[{start, event.key}];
      numbers.push_back(event.number);
      if (last <= watermark_) seen.firings.push_back(text(start, start + size_, numbers));
    }
    if (!taken && event.time + lateness_ <= watermark_) ++seen.dropped;
  }
  void advance(int64_t watermark) override {
    for (const auto& [window, numbers] : windows_) {
      int64_t last = window.first + size_ - 1;
      if (last > watermark_ && last <= watermark) {
        seen.firings.push_back(text(window.first, window.first + size_, numbers));
      }
    }
    std::erase_if(windows_,
                  [&](const auto& entry) { return entry.first.first + size_ - 1 + lateness_ <= watermark; });
    watermark_ = watermark;
  }

 private:
  int64_t size_;
  int64_t slide_;
  int64_t lateness_;
  std::map<std::pair<int64_t, std::string>, std::vector<int64_t>> windows_;
};

class SessionOracle final : public Oracle {
 public:
  SessionOracle(int64_t gap, int64_t lateness) : gap_(gap), lateness_(lateness) {}

  void add(const Event& event) override {
    Session merged{event.key, event.time, event.time + gap_, {event.number}};
    std::erase_if(sessions_, [&](const Session& other) {
      if (other.key != event.key || other.start > merged.end || merged.start > other.end) return false;
      merged.start = std::min(merged.start, other.start);
      merged.end = std::max(merged.end, other.end);
      merged.numbers.insert(merged.numbers.end(), other.numbers.begin(), other.numbers.end());
      return true;
    });
    if (merged.end - 1 + lateness_ <= watermark_) {
      ++seen.dropped;
      return;
    }
    if (merged.end - 1 <= watermark_) seen.firings.push_back(text(merged.start, merged.end, merged.numbers));
    sessions_.push_back(std::move(merged));
  }
  void advance(int64_t watermark) override {
    for (const Session& session : sessions_) {
      if (session.end - 1 > watermark_ && session.end - 1 <= watermark) {
        seen.firings.push_back(text(session.start, session.end, session.numbers));
      }
    }
    std::erase_if(sessions_, [&](const Session& s) { return s.end - 1 + lateness_ <= watermark; });
    watermark_ = watermark;
  }

 private:
  struct Session {
    std::string key;
    int64_t start;
    int64_t end;
    std::vector<int64_t> numbers;
  };
  int64_t gap_;
  int64_t lateness_;
  std::vector<Session> sessions_;
};

size_t rows_of(const OperatorSnapshot& snapshot) {
  size_t rows = 0;
  for (const KeyedSnapshot::State& state : snapshot.keyed->states()) {
    snapshot.keyed->for_each_row(state, [&](const KeyedRow&) { ++rows; });
  }
  return rows;
}

/// How unkind the run is. Where it is slow, time goes by with each record, so that batches are worked through
/// piece by piece.
struct Way {
  size_t batch_size;
  bool slow;
  bool restarts;
};

Seen run(WindowSetup setup, const History& history, Way way) {
  ManualClock* clock = nullptr;
  if (way.slow) setup.on_add = [&clock] { clock->advance_millis(2); };
  auto factory = number_windows(setup);
  OperatorHarness harness(factory->create(), way.batch_size);
  clock = &harness.clock();
  harness.open();
  for (const auto& [events, watermark] : history) {
    std::vector<int64_t> numbers;
    std::vector<int64_t> times;
    std::vector<std::string> keys;
    for (const Event& event : events) {
      numbers.push_back(event.number);
      times.push_back(event.time);
      keys.push_back(event.key);
    }
    Batch batch = longs(std::move(numbers));
    batch.keys = string_column(keys);
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(times));
    if (batch.size() > 0) harness.process_batch(std::move(batch));
    harness.process_watermark(watermark);
    if (!way.restarts) continue;
    harness.restart(factory->create());
    harness.process_watermark(watermark);
  }
  harness.process_watermark(kMaxTimestamp);
  EXPECT_EQ(rows_of(harness.snapshot()), 0U);
  Seen seen;
  seen.firings = fired(harness);
  seen.dropped = harness.context().metrics->late_records_dropped.value();
  return seen;
}

template <typename Make>
void compare(Make make, bool keeps_order) {
  for (uint32_t seed = 0; seed < kExamples; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto [setup, oracle] = make(random);
    History history = random_history(random);
    for (const auto& [events, watermark] : history) {
      for (const Event& event : events) oracle->add(event);
      oracle->advance(watermark);
    }
    oracle->advance(kMaxTimestamp - 1000);
    const Way way{1 + random() % 4, random() % 2 == 0, random() % 40 == 0};
    Seen seen = run(setup, history, way);
    if (!keeps_order) {
      std::transform(seen.firings.begin(), seen.firings.end(), seen.firings.begin(), in_order);
      std::transform(oracle->seen.firings.begin(), oracle->seen.firings.end(), oracle->seen.firings.begin(),
                     in_order);
    }
    std::sort(seen.firings.begin(), seen.firings.end());
    std::sort(oracle->seen.firings.begin(), oracle->seen.firings.end());
    ASSERT_EQ(seen.firings, oracle->seen.firings);
    ASSERT_EQ(seen.dropped, oracle->seen.dropped);
  }
}

std::pair<WindowSetup, std::unique_ptr<Oracle>> with_oracle(WindowAssignerMaker windows, int64_t lateness,
                                                            std::unique_ptr<Oracle> oracle) {
  WindowSetup setup{std::move(windows)};
  setup.allowed_lateness = lateness;
  return {std::move(setup), std::move(oracle)};
}

TEST(WindowPropertiesTest, TumblingAndSlidingWindowsDoWhatTheOracleSays) {
  compare(
      [](std::mt19937& random) {
        auto size = static_cast<int64_t>(random() % 12 + 1);
        int64_t slide = random() % 3 == 0 ? size : static_cast<int64_t>(random() % 14 + 1);
        auto lateness = static_cast<int64_t>(random() % 3 == 0 ? random() % 20 : 0);
        return with_oracle(make_time_windows(size, slide, 0, true), lateness,
                           std::make_unique<SlidingOracle>(size, slide, lateness));
      },
      true);
}

TEST(WindowPropertiesTest, SlidingWindowsThatShareSlicesDoWhatTheOracleSays) {
  compare(
      [](std::mt19937& random) {
        auto slide = static_cast<int64_t>(random() % 8 + 1);
        auto size = slide + static_cast<int64_t>(random() % 40 + 1);
        auto lateness = static_cast<int64_t>(random() % 2 == 0 ? random() % 30 : 0);
        return with_oracle(make_sliced_time_windows(size, slide, 0, true), lateness,
                           std::make_unique<SlidingOracle>(size, slide, lateness));
      },
      false);
}

TEST(WindowPropertiesTest, SessionsDoWhatTheOracleSays) {
  compare(
      [](std::mt19937& random) {
        auto gap = static_cast<int64_t>(random() % 10 + 1);
        auto lateness = static_cast<int64_t>(random() % 3 == 0 ? random() % 20 : 0);
        return with_oracle(make_session_windows(gap, true), lateness,
                           std::make_unique<SessionOracle>(gap, lateness));
      },
      false);
}

}  // namespace
}  // namespace pf::testing
