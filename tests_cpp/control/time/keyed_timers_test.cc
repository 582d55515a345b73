#include "control/time/keyed_timers.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "control/time/heap_timers.h"
#include "control/time/stored_timers.h"
#include "control/time/timer_service.h"
#include "harness/state_fixture.h"

namespace pf::testing {
namespace {

using Timer = std::pair<int64_t, std::string>;

std::vector<Timer> all_of(const KeyedTimers& timers) {
  std::vector<Timer> all;
  timers.for_each([&](int64_t time, std::string_view entry) { all.emplace_back(time, entry); });
  return all;
}

/// Timers against a set of (time, entry), through many small fillings and drainings.
void check_against_set(KeyedTimers& timers, std::mt19937& random, int operations) {
  auto below = [&](int limit) { return static_cast<int>(random() % static_cast<uint32_t>(limit)); };
  std::set<Timer> model;
  bool filling = true;
  for (int i = 0; i < operations; ++i) {
    if (below(40) == 0) filling = !filling;
    Timer timer{below(3)   ? below(100) - 50
                : below(2) ? INT64_MIN
                           : INT64_MAX,
                entry_key(long_key(below(9)), "w")};
    int choice = below(10);
    if (choice < (filling ? 6 : 2)) {
      timers.add(timer.first, timer.second);
      model.insert(timer);
    } else if (choice < 8) {
      timers.remove(timer.first, timer.second);
      model.erase(timer);
    } else {
      std::string entry;
      int64_t by = below(200) - 100;
      auto time = timers.pop_due(by, entry);
      bool due = !model.empty() && model.begin()->first <= by;
      ASSERT_EQ(time.has_value(), due);
      if (due) {
        ASSERT_EQ(Timer(*time, entry), *model.begin());
        model.erase(model.begin());
      }
    }
    ASSERT_EQ(timers.earliest().has_value(), !model.empty());
    if (!model.empty()) {
      ASSERT_EQ(timers.earliest(), model.begin()->first);
    }
    if (below(50) == 0) {
      ASSERT_EQ(all_of(timers), std::vector<Timer>(model.begin(), model.end()));
    }
  }
}

TEST(KeyedTimersTest, HeapTimersGiveWhatASetGives) {
  for (uint32_t seed = 0; seed < 2'000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    HeapTimers timers;
    check_against_set(timers, random, 100);
  }
}

uint32_t no_groups(std::string_view) { return 0; }

TEST(KeyedTimersTest, StoredTimersGiveWhatASetGivesWhateverFitsIntoMemory) {
  for (uint32_t seed = 0; seed < 2'000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    MemoryStore store;
    store.add_state(0, "timers", std::nullopt, StateStore::Reads::kInOrder);
    StoredTimers timers(store, 0, no_groups, 1 + random() % 5);
    check_against_set(timers, random, 100);
  }
}

TEST(KeyedTimersTest, StoredTimersInRocksDbGiveWhatASetGives) {
  ManualClock clock;
  TempDirectory directory;
  auto store = open_rocksdb(directory.path() / "db", &clock);
  for (uint32_t seed = 0; seed < 50 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    store->add_state(seed, "timers", std::nullopt, StateStore::Reads::kInOrder);
    StoredTimers timers(*store, seed, no_groups, 1 + random() % 5);
    check_against_set(timers, random, 400);
  }
}

TEST(KeyedTimersTest, OnlyTheFirstTimersStayInMemory) {
  MemoryStore store;
  store.add_state(0, "timers", std::nullopt, StateStore::Reads::kInOrder);
  StoredTimers timers(store, 0, no_groups, 10);
  for (int64_t time = 0; time < 1'000; ++time) timers.add(time, "k");
  EXPECT_GE(store.rows(0), 1'000U - 20);
  std::string entry;
  for (int64_t time = 0; time < 1'000; ++time) ASSERT_EQ(timers.pop_due(5'000, entry), time);
  EXPECT_EQ(store.rows(0), 0U);
  EXPECT_LE(store.rows_shown, 1'000U + 1'000 / 10);  // each once, and where each page ends
}

TEST(KeyedTimersTest, ATimerThatIsSoonDueCostsNoRow) {
  MemoryStore store;
  store.add_state(0, "timers", std::nullopt, StateStore::Reads::kInOrder);
  StoredTimers timers(store, 0, no_groups, 10);
  for (int64_t time = 0; time < 15; ++time) timers.add(time, "k");
  timers.remove(3, "k");
  EXPECT_EQ(store.writes + store.reads + store.scans, 0U);
}

// -- TimerService

class TimerServiceTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  void open(std::vector<std::shared_ptr<const KeyedSnapshot>> restored = {}) {
    timers_.reset();
    KeyedStateBackend::Options options;
    options.restored = std::move(restored);
    state_ = open_backend(GetParam(), clock_, std::move(options));
    timers_.emplace(*state_, clock_, [this](int64_t at) { turns_.push_back(at); });
  }
  void at_key(int64_t key) { state_->set_current(long_key(key)); }
  std::vector<std::pair<int64_t, std::string>> fired(std::optional<int64_t> (TimerService::*next)()) {
    std::vector<std::pair<int64_t, std::string>> all;
    while (auto time = ((*timers_).*next)()) all.emplace_back(*time, state_->current_key());
    return all;
  }

  ManualClock clock_{1'000};
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<TimerService> timers_;
  std::vector<int64_t> turns_;
};

TEST_P(TimerServiceTest, EventTimersFireInOrderOnceTheWatermarkHasReachedThem) {
  open();
  at_key(2);
  timers_->register_event_timer(7);
  timers_->register_event_timer(5);
  timers_->register_event_timer(5);  // one and the same
  at_key(1);
  timers_->register_event_timer(5);
  timers_->register_event_timer(6);
  timers_->delete_event_timer(6);
  timers_->advance_watermark(4);
  EXPECT_TRUE(fired(&TimerService::next_event_timer).empty());
  timers_->advance_watermark(7);
  EXPECT_EQ(
      fired(&TimerService::next_event_timer),
      (std::vector<std::pair<int64_t, std::string>>{{5, long_key(1)}, {5, long_key(2)}, {7, long_key(2)}}));
}

TEST_P(TimerServiceTest, AProcessingTimerFiresOnceItsMillisecondIsOver) {
  open();
  at_key(1);
  timers_->register_processing_timer(1'005);
  EXPECT_EQ(turns_, std::vector<int64_t>{1'006});
  timers_->register_processing_timer(1'003);
  timers_->register_processing_timer(1'009);  // asks for no earlier turn
  EXPECT_EQ(turns_, (std::vector<int64_t>{1'006, 1'004}));
  clock_.advance_millis(5);
  EXPECT_EQ(fired(&TimerService::next_processing_timer).size(), 1U);
  EXPECT_EQ(turns_.back(), 1'006);
  clock_.advance_millis(1);
  EXPECT_EQ(fired(&TimerService::next_processing_timer).size(), 1U);
  EXPECT_EQ(turns_.back(), 1'010);
}

TEST_P(TimerServiceTest, TimersGoWithSnapshotsAndAskForTheirTurn) {
  open();
  at_key(1);
  timers_->register_event_timer(5);
  state_->set_namespace("window");
  timers_->register_processing_timer(2'000);
  auto snapshot = state_->snapshot();
  turns_.clear();
  open({snapshot});
  EXPECT_EQ(turns_, std::vector<int64_t>{2'001});
  timers_->advance_watermark(5);
  EXPECT_EQ(timers_->next_event_timer(), 5);
  EXPECT_EQ(state_->current_key(), long_key(1));
  EXPECT_EQ(state_->current_namespace(), "");
  clock_.advance_millis(5'000);
  EXPECT_EQ(timers_->next_processing_timer(), 2'000);
  EXPECT_EQ(state_->current_namespace(), "window");
}

INSTANTIATE_TEST_SUITE_P(Backends, TimerServiceTest, ::testing::ValuesIn(kBackendKinds),
                         [](const auto& kind) { return name_of(kind.param); });

}  // namespace
}  // namespace pf::testing
