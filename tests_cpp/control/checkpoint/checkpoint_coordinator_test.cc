#include "control/checkpoint/checkpoint_coordinator.h"

#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

TaskSnapshotPtr snapshot() { return std::make_shared<TaskSnapshot>(); }
TaskSnapshotPtr end() { return std::make_shared<TaskSnapshot>(TaskSnapshot{{}, true}); }

/// In a few letters, e.g. "trigger 1, store 1".
std::string told(const CheckpointActions& actions) {
  std::ostringstream text;
  for (const CheckpointAction& action : actions) {
    if (text.tellp() > 0) text << ", ";
    if (const auto* it = std::get_if<TriggerCheckpoint>(&action))
      text << "trigger " << it->barrier.checkpoint;
    if (const auto* it = std::get_if<AskEndedTask>(&action)) {
      text << "ask task " << it->task << " for " << it->barrier.checkpoint;
    }
    if (std::get_if<EndSources>(&action)) text << "end sources";
    if (const auto* it = std::get_if<LetGo>(&action)) text << "let go task " << it->task;
    if (const auto* it = std::get_if<StoreCheckpoint>(&action)) text << "store " << it->checkpoint;
    if (const auto* it = std::get_if<NotifyComplete>(&action)) {
      text << (it->ends_job ? "complete and end " : "complete ") << it->checkpoint;
    }
    if (const auto* it = std::get_if<SavepointComplete>(&action)) text << "savepoint " << it->checkpoint;
    if (const auto* it = std::get_if<NotifyAborted>(&action)) text << "aborted " << it->checkpoint;
    if (const auto* it = std::get_if<DiscardCheckpoint>(&action)) text << "discard " << it->checkpoint;
    if (std::get_if<FailJob>(&action)) text << "fail";
  }
  return text.str();
}

CheckpointSettings every(int64_t interval) {
  CheckpointSettings settings;
  settings.interval = interval;
  return settings;
}

TEST(CheckpointCoordinatorTest, ACheckpointIsCompleteOnceAllHaveAcknowledgedAndItIsStored) {
  CheckpointCoordinator coordinator(every(100), {1, 1});
  EXPECT_EQ(told(coordinator.on_running(0, 0)), "");
  EXPECT_EQ(coordinator.next_time(), 100);
  EXPECT_EQ(told(coordinator.on_time(99)), "");
  EXPECT_EQ(told(coordinator.on_time(100)), "trigger 1");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 1, snapshot())), "store 1");
  EXPECT_EQ(coordinator.latest(), std::nullopt);
  EXPECT_EQ(told(coordinator.on_stored(120, 1)), "complete 1");
  EXPECT_EQ(coordinator.latest(), 1U);
}

TEST(CheckpointCoordinatorTest, WhileSomeTasksStartOverNothingIsTriggered) {
  CheckpointCoordinator coordinator(every(100), {1, 1, 1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.on_time(100)), "trigger 1");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_stopped({1, 2}, "one of them failed")), "aborted 1");
  EXPECT_EQ(coordinator.next_time(), std::nullopt);
  EXPECT_FALSE(coordinator.refuses_savepoint().empty());
  EXPECT_EQ(told(coordinator.trigger(150)), "");
  EXPECT_EQ(told(coordinator.on_running(200, {1, 2}, 1)), "");
  EXPECT_EQ(told(coordinator.on_time(300)), "trigger 2");
}

TEST(CheckpointCoordinatorTest, EachTaskIsHeardInItsOwnAttempt) {
  CheckpointCoordinator coordinator(every(100), {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_stopped({1}, "it failed");
  EXPECT_EQ(told(coordinator.on_ended(50, 0, 1)), "");  // it had, before it failed
  coordinator.on_running(60, {1}, 1);
  EXPECT_EQ(told(coordinator.on_time(160)), "trigger 1");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 1, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_declined(161, 0, 1, 1, "of old")), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(1, 1, 1, snapshot())), "store 1");
}

TEST(CheckpointCoordinatorTest, TasksAtTheirEndStayThereWhileOthersStartOver) {
  CheckpointCoordinator coordinator(every(100), {1, 1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_ended(10, 0, 0);
  coordinator.on_stopped({2}, "it failed");
  EXPECT_EQ(told(coordinator.on_ended(20, 0, 1)), "");
  EXPECT_EQ(told(coordinator.on_running(30, {2}, 1)), "");
  EXPECT_EQ(told(coordinator.on_ended(40, 1, 2)), "trigger 1");
}

TEST(CheckpointCoordinatorTest, WithoutAnIntervalOnlyWhatIsAskedForIsTaken) {
  CheckpointCoordinator coordinator({}, {1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(coordinator.next_time(), std::nullopt);
  EXPECT_EQ(told(coordinator.on_time(1'000'000)), "");
  EXPECT_EQ(told(coordinator.trigger(1'000'000)), "trigger 1");
}

TEST(CheckpointCoordinatorTest, ATriggerThatIsDueWaitsForTheOneBefore) {
  CheckpointCoordinator coordinator(every(10), {1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.on_time(10)), "trigger 1");
  EXPECT_EQ(told(coordinator.on_time(25)), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "store 1");
  EXPECT_EQ(told(coordinator.on_stored(27, 1)), "complete 1, trigger 2");
  EXPECT_EQ(coordinator.next_time(), 27 + 600'000);
}

TEST(CheckpointCoordinatorTest, SeveralMayBeUnderWay) {
  CheckpointSettings settings = every(10);
  settings.max_concurrent = 2;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.on_time(10)), "trigger 1");
  EXPECT_EQ(told(coordinator.on_time(20)), "trigger 2");
  EXPECT_EQ(told(coordinator.on_time(30)), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 2, 0, snapshot())), "store 2");
  EXPECT_EQ(told(coordinator.on_stored(32, 2)), "aborted 1, complete 2, trigger 3");
}

TEST(CheckpointCoordinatorTest, APauseFollowsTheEndOfACheckpoint) {
  CheckpointSettings settings = every(10);
  settings.min_pause = 50;
  settings.max_concurrent = 4;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  EXPECT_EQ(told(coordinator.on_time(20)), "");
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stored(22, 1)), "complete 1");
  EXPECT_EQ(coordinator.next_time(), 72);
  EXPECT_EQ(told(coordinator.on_time(72)), "trigger 2");
}

TEST(CheckpointCoordinatorTest, ACheckpointThatTakesTooLongIsGivenUpAndFailsTheJobUnlessTolerated) {
  for (size_t tolerated : {0U, 1U}) {
    CheckpointSettings settings = every(100);
    settings.timeout = 30;
    settings.tolerable_failures = tolerated;
    CheckpointCoordinator coordinator(settings, {1});
    coordinator.on_running(0, 0);
    coordinator.on_time(100);
    EXPECT_EQ(coordinator.next_time(), 130);
    EXPECT_EQ(told(coordinator.on_time(130)), tolerated ? "aborted 1" : "aborted 1, fail");
    EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "");
  }
}

TEST(CheckpointCoordinatorTest, OnlyFailuresInARowCount) {
  CheckpointSettings settings = every(10);
  settings.tolerable_failures = 1;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  EXPECT_EQ(told(coordinator.on_declined(11, 0, 1, 0, "no")), "aborted 1");
  coordinator.on_time(20);
  coordinator.on_acknowledged(0, 2, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stored(22, 2)), "complete 2");
  coordinator.on_time(30);
  EXPECT_EQ(told(coordinator.on_declined(31, 0, 3, 0, "no")), "aborted 3");
  coordinator.on_time(40);
  coordinator.on_acknowledged(0, 4, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_not_stored(42, 4, "disk full")), "aborted 4, fail");
}

TEST(CheckpointCoordinatorTest, NothingOfAnEarlierAttemptIsAccepted) {
  CheckpointCoordinator coordinator(every(10), {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stopped("it failed")), "aborted 1");
  EXPECT_EQ(told(coordinator.on_time(20)), "");
  EXPECT_EQ(told(coordinator.on_running(100, 1)), "");
  EXPECT_EQ(told(coordinator.on_time(110)), "trigger 2");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 2, 0, snapshot())), "");
  EXPECT_EQ(told(coordinator.on_declined(111, 0, 2, 0, "no")), "");
  coordinator.on_acknowledged(1, 2, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_acknowledged(1, 2, 1, snapshot())), "store 2");
}

TEST(CheckpointCoordinatorTest, WhatIsBeingStoredWhenTheJobFailsStillCounts) {
  CheckpointCoordinator coordinator(every(10), {1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stopped("it failed")), "");
  EXPECT_EQ(told(coordinator.on_stored(12, 1)), "complete 1");
  EXPECT_EQ(coordinator.latest(), 1U);
}

TEST(CheckpointCoordinatorTest, TheOldestOfTooManyCompleteOnesIsDiscarded) {
  CheckpointSettings settings = every(10);
  settings.retained = 2;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  std::string all;
  for (uint64_t n = 1; n <= 3; ++n) {
    auto now = static_cast<int64_t>(10 * n);
    coordinator.on_time(now);
    coordinator.on_acknowledged(0, n, 0, snapshot());
    all += told(coordinator.on_stored(now, n)) + "; ";
  }
  EXPECT_EQ(all, "complete 1; complete 2; complete 3, discard 1; ");
}

TEST(CheckpointCoordinatorTest, ATaskAtItsEndIsAskedByItself) {
  CheckpointCoordinator coordinator(every(10), {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  EXPECT_EQ(told(coordinator.on_ended(11, 0, 0)), "ask task 0 for 1");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, end())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 1, snapshot())), "store 1");
  CheckpointActions actions = coordinator.on_stored(20, 1);
  ASSERT_EQ(told(actions), "complete 1, trigger 2");
  EXPECT_EQ(std::get<TriggerCheckpoint>(actions[1]).ended, std::vector<size_t>{0});
}

TEST(CheckpointCoordinatorTest, ATaskThatHasLeftIsNeverAskedAgain) {
  CheckpointSettings settings = every(10);
  settings.max_concurrent = 2;
  CheckpointCoordinator coordinator(settings, {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_ended(11, 0, 0);
  coordinator.on_acknowledged(0, 1, 0, end());
  coordinator.on_acknowledged(0, 1, 1, snapshot());
  EXPECT_EQ(told(coordinator.on_time(20)), "trigger 2");
  EXPECT_EQ(told(coordinator.on_stored(21, 1)), "complete 1");
  EXPECT_EQ(told(coordinator.on_left(0, 0, 0, end())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 2, 1, snapshot())), "store 2");
  CheckpointActions actions = coordinator.on_stored(30, 2);
  ASSERT_EQ(told(actions), "complete 2, discard 1, trigger 3");
  EXPECT_TRUE(std::get<TriggerCheckpoint>(actions[2]).ended.empty());
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 3, 1, snapshot())), "store 3");
}

TEST(CheckpointCoordinatorTest, ATaskStaysUntilAllOfItsVertexHaveEnded) {
  CheckpointCoordinator coordinator(every(10), {2, 1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_ended(11, 0, 0);
  coordinator.on_ended(11, 0, 2);
  coordinator.on_acknowledged(0, 1, 0, end());
  coordinator.on_acknowledged(0, 1, 1, snapshot());
  coordinator.on_acknowledged(0, 1, 2, end());
  CheckpointActions actions = coordinator.on_stored(12, 1);
  ASSERT_EQ(told(actions), "complete 1");
  EXPECT_EQ(std::get<NotifyComplete>(actions[0]).may_leave, (std::vector<bool>{false, false, true}));
  EXPECT_EQ(told(coordinator.on_left(0, 2, 1, end())), "");
  EXPECT_EQ(told(coordinator.on_ended(13, 0, 1)), "trigger 2");
  coordinator.on_acknowledged(0, 2, 0, end());
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 2, 1, end())), "store 2");
  actions = coordinator.on_stored(14, 2);
  EXPECT_EQ(std::get<NotifyComplete>(actions[0]).may_leave, (std::vector<bool>{true, true, true}));
}

TEST(CheckpointCoordinatorTest, WhereNoCheckpointWillComeAVertexLeavesWhenItHasEnded) {
  CheckpointCoordinator coordinator({}, {2, 1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.on_ended(1, 0, 1)), "");
  EXPECT_EQ(told(coordinator.on_ended(2, 0, 2)), "let go task 2");
  EXPECT_EQ(told(coordinator.on_ended(3, 0, 0)), "let go task 0, let go task 1");
}

TEST(CheckpointCoordinatorTest, WhoHasAcknowledgedBeforeItsEndIsNotAskedAgain) {
  CheckpointCoordinator coordinator(every(10), {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_ended(11, 0, 0)), "");
}

TEST(CheckpointCoordinatorTest, WhenAllHaveEndedALastCheckpointIsTaken) {
  CheckpointCoordinator coordinator(every(1'000), {1, 1});
  coordinator.on_running(0, 0);
  coordinator.on_ended(11, 0, 0);
  CheckpointActions actions = coordinator.on_ended(12, 0, 1);
  ASSERT_EQ(told(actions), "trigger 1");
  EXPECT_EQ(std::get<TriggerCheckpoint>(actions[0]).ended, (std::vector<size_t>{0, 1}));
}

TEST(CheckpointCoordinatorTest, AnOlderOneThatIsStoredLaterIsNotWanted) {
  CheckpointSettings settings = every(10);
  settings.max_concurrent = 2;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  coordinator.on_time(10);
  coordinator.on_time(20);
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  coordinator.on_acknowledged(0, 2, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stored(22, 2)), "complete 2");
  EXPECT_EQ(told(coordinator.on_stored(23, 1)), "aborted 1, discard 1");
  EXPECT_EQ(coordinator.latest(), 2U);
}

TEST(CheckpointCoordinatorTest, ASavepointStandsInNoCheckpointsWayAndIsNotOneOfThem) {
  CheckpointCoordinator coordinator(every(10), {1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.trigger_savepoint(5, CheckpointPurpose::kSavepoint).actions), "trigger 1");
  EXPECT_EQ(told(coordinator.on_time(10)), "trigger 2");
  coordinator.on_acknowledged(0, 2, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stored(12, 2)), "complete 2");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "store 1");
  EXPECT_EQ(told(coordinator.on_stored(13, 1)), "savepoint 1");
  EXPECT_EQ(coordinator.latest(), 2U);
}

TEST(CheckpointCoordinatorTest, ASavepointThatFailsCountsForNothing) {
  CheckpointSettings settings = every(1'000);
  settings.timeout = 30;
  CheckpointCoordinator coordinator(settings, {1});
  coordinator.on_running(0, 0);
  coordinator.trigger_savepoint(5, CheckpointPurpose::kSavepoint);
  EXPECT_EQ(told(coordinator.on_time(35)), "aborted 1");
  coordinator.trigger_savepoint(40, CheckpointPurpose::kSavepoint);
  EXPECT_EQ(told(coordinator.on_stopped("it failed")), "aborted 2");
  EXPECT_EQ(coordinator.refuses_savepoint(), "the job does not run");
}

TEST(CheckpointCoordinatorTest, AJobStopsBehindASavepointUnlessThatFails) {
  for (bool well : {true, false}) {
    CheckpointCoordinator coordinator(every(10), {1});
    coordinator.on_running(0, 0);
    CheckpointActions actions = coordinator.trigger_savepoint(5, CheckpointPurpose::kSuspend).actions;
    ASSERT_EQ(told(actions), "trigger 1");
    EXPECT_TRUE(std::get<TriggerCheckpoint>(actions[0]).barrier.stops);
    EXPECT_NE(coordinator.refuses_savepoint(), "");
    EXPECT_EQ(told(coordinator.on_time(10)), "");
    EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 0, snapshot())), "store 1");
    if (well) {
      EXPECT_EQ(told(coordinator.on_stored(12, 1)), "complete and end 1, savepoint 1");
      EXPECT_EQ(told(coordinator.on_time(20)), "");
    } else {
      EXPECT_EQ(told(coordinator.on_not_stored(12, 1, "disk full")), "aborted 1, trigger 2");
      EXPECT_EQ(coordinator.refuses_savepoint(), "");
    }
  }
}

TEST(CheckpointCoordinatorTest, AJobThatFailsWhileItsLastSavepointIsWrittenIsNotStopped) {
  CheckpointCoordinator coordinator(every(10), {1});
  coordinator.on_running(0, 0);
  coordinator.trigger_savepoint(5, CheckpointPurpose::kSuspend);
  coordinator.on_acknowledged(0, 1, 0, snapshot());
  coordinator.on_stopped("it failed");
  coordinator.on_running(8, 1);
  EXPECT_EQ(told(coordinator.on_stored(9, 1)), "aborted 1");
  EXPECT_EQ(told(coordinator.on_time(18)), "trigger 2");
}

TEST(CheckpointCoordinatorTest, ADrainedJobIsSavedWhenAllHaveEnded) {
  CheckpointCoordinator coordinator({}, {1, 1});
  coordinator.on_running(0, 0);
  EXPECT_EQ(told(coordinator.trigger_savepoint(5, CheckpointPurpose::kDrain).actions), "end sources");
  EXPECT_EQ(told(coordinator.on_ended(6, 0, 0)), "");
  EXPECT_EQ(told(coordinator.on_ended(7, 0, 1)), "trigger 1");
  coordinator.on_acknowledged(0, 1, 0, end());
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 1, end())), "store 1");
  EXPECT_EQ(told(coordinator.on_stored(9, 1)), "complete and end 1, savepoint 1");
}

TEST(CheckpointCoordinatorTest, ADrainedJobThatCannotBeSavedFails) {
  CheckpointCoordinator coordinator({}, {1});
  coordinator.on_running(0, 0);
  coordinator.trigger_savepoint(5, CheckpointPurpose::kDrain);
  EXPECT_EQ(told(coordinator.on_stopped("it failed")), "aborted 1");
  coordinator.on_running(6, 1);
  EXPECT_EQ(told(coordinator.trigger_savepoint(7, CheckpointPurpose::kDrain).actions), "end sources");
  coordinator.on_ended(8, 1, 0);
  coordinator.on_acknowledged(1, 2, 0, end());
  EXPECT_EQ(told(coordinator.on_not_stored(9, 2, "disk full")), "aborted 2, fail");
}

TEST(CheckpointCoordinatorTest, WithoutAnIntervalATaskAtItsEndMayGo) {
  CheckpointCoordinator coordinator({}, {1, 1});
  coordinator.on_running(0, 0);
  coordinator.trigger_savepoint(5, CheckpointPurpose::kSavepoint);
  EXPECT_EQ(told(coordinator.on_ended(6, 0, 0)), "ask task 0 for 1, let go task 0");
  EXPECT_EQ(told(coordinator.on_left(0, 0, 0, end())), "");
  EXPECT_EQ(told(coordinator.on_acknowledged(0, 1, 1, snapshot())), "store 1");
}

TEST(CheckpointCoordinatorTest, AnAdoptedCheckpointIsTheFirstToGo) {
  CheckpointCoordinator coordinator(every(10), {1}, 8);
  coordinator.adopt(7);
  coordinator.on_running(0, 0);
  EXPECT_EQ(coordinator.latest(), 7U);
  coordinator.on_time(10);
  coordinator.on_acknowledged(0, 8, 0, snapshot());
  EXPECT_EQ(told(coordinator.on_stored(12, 8)), "complete 8, discard 7");
}

/// A world that answers at random, and what must hold of whatever the coordinator wants done.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    settings_ = every(1 + any(20));
    settings_.timeout = 1 + any(60);
    settings_.min_pause = any(3) == 0 ? any(30) : 0;
    settings_.max_concurrent = 1 + any(3);
    settings_.tolerable_failures = any(4);
    settings_.retained = 1 + any(3);
    tasks_ = 1 + any(4);
    coordinator_.emplace(settings_, std::vector<size_t>(tasks_, 1));
    start();
  }

  void step() {
    now_ += any(8);
    size_t task = any(tasks_);
    uint64_t checkpoint = triggered_ - std::min<uint64_t>(triggered_, any(4));
    uint32_t attempt = attempt_ - (attempt_ > 0 && any(5) == 0 ? 1 : 0);
    switch (any(10)) {
      case 9:
        if (any(4) == 0 && coordinator_->refuses_savepoint().empty()) take_savepoint();
        return;
      case 0:
      case 1:
        return obey(coordinator_->on_time(now_));
      case 2:
        obey(coordinator_->on_stopped("so it is"));
        stopping_ = 0;
        return start();
      case 3:
        return obey(coordinator_->on_declined(now_, attempt, checkpoint, task, "so it is"));
      case 4:
        if (any(6) != 0) return;
        return obey(coordinator_->on_ended(now_, attempt, task));
      case 5:
        if (storing_.empty()) return;
        return any(4) == 0 ? finish_storing(false) : finish_storing(true);
      default:
        if (attempt == attempt_) acknowledged_.insert({checkpoint, task});
        return obey(coordinator_->on_acknowledged(attempt, checkpoint, task, snapshot()));
    }
  }

  size_t completed() const { return completed_.size(); }

 private:
  uint64_t any(uint64_t bound) { return random_() % bound; }

  void start() {
    acknowledged_.clear();
    obey(coordinator_->on_running(now_, ++attempt_));
  }

  void take_savepoint() {
    auto purpose = static_cast<CheckpointPurpose>(1 + any(3));
    auto [checkpoint, actions] = coordinator_->trigger_savepoint(now_, purpose);
    savepoints_.insert(checkpoint);
    if (ends_job(purpose)) stopping_ = checkpoint;
    obey(actions);
  }

  void finish_storing(bool well) {
    uint64_t checkpoint = *std::next(storing_.begin(), static_cast<long>(any(storing_.size())));
    storing_.erase(checkpoint);
    if (well) stored_.insert(checkpoint);
    obey(well ? coordinator_->on_stored(now_, checkpoint)
              : coordinator_->on_not_stored(now_, checkpoint, "so it is"));
  }

  void obey(const CheckpointActions& actions) {
    for (const CheckpointAction& action : actions) {
      if (const auto* it = std::get_if<TriggerCheckpoint>(&action)) {
        if (!savepoints_.contains(it->barrier.checkpoint)) {
          ASSERT_GT(it->barrier.checkpoint, triggered_);
          ASSERT_EQ(stopping_, 0U);
        }
        ASSERT_EQ(it->barrier.attempt, attempt_);
        triggered_ = std::max(triggered_, it->barrier.checkpoint);
      } else if (const auto* it = std::get_if<AskEndedTask>(&action)) {
        ASSERT_FALSE(acknowledged_.contains({it->barrier.checkpoint, it->task}));
      } else if (const auto* it = std::get_if<StoreCheckpoint>(&action)) {
        for (size_t task = 0; task < tasks_; ++task) {
          ASSERT_TRUE(it->snapshots.at(task));
          ASSERT_TRUE(acknowledged_.contains({it->checkpoint, task}));
        }
        ASSERT_FALSE(aborted_.contains(it->checkpoint));
        storing_.insert(it->checkpoint);
      } else if (const auto* it = std::get_if<NotifyComplete>(&action)) {
        ASSERT_TRUE(stored_.contains(it->checkpoint));
        ASSERT_FALSE(aborted_.contains(it->checkpoint));
        ASSERT_EQ(it->ends_job, savepoints_.contains(it->checkpoint));
        if (it->ends_job) continue;
        ASSERT_TRUE(completed_.empty() || *completed_.rbegin() < it->checkpoint);
        completed_.insert(it->checkpoint);
        kept_.insert(it->checkpoint);
      } else if (const auto* it = std::get_if<NotifyAborted>(&action)) {
        ASSERT_FALSE(completed_.contains(it->checkpoint));
        ASSERT_TRUE(aborted_.insert(it->checkpoint).second);
        if (stopping_ == it->checkpoint) stopping_ = 0;
      } else if (const auto* it = std::get_if<DiscardCheckpoint>(&action)) {
        ASSERT_TRUE(stored_.contains(it->checkpoint));
        ASSERT_FALSE(completed_.empty() || *completed_.rbegin() == it->checkpoint);
        ASSERT_FALSE(savepoints_.contains(it->checkpoint));
        kept_.erase(it->checkpoint);
      } else if (const auto* it = std::get_if<SavepointComplete>(&action)) {
        ASSERT_TRUE(stored_.contains(it->checkpoint));
        ASSERT_TRUE(savepoints_.contains(it->checkpoint));
        // The job ends, and another one begins.
        if (stopping_ != it->checkpoint) continue;
        obey(coordinator_->on_stopped("so it is"));
        stopping_ = 0;
        start();
      } else if (std::get_if<FailJob>(&action)) {
        obey(coordinator_->on_stopped("so it is"));
        stopping_ = 0;
        start();
      }
    }
    ASSERT_LE(kept_.size(), settings_.retained);
    if (!completed_.empty()) {
      ASSERT_EQ(coordinator_->latest(), *completed_.rbegin());
      ASSERT_TRUE(kept_.contains(*completed_.rbegin()));
    }
  }

  std::mt19937_64 random_;
  CheckpointSettings settings_;
  size_t tasks_ = 0;
  std::optional<CheckpointCoordinator> coordinator_;
  int64_t now_ = 0;
  uint32_t attempt_ = 0;
  uint64_t triggered_ = 0;
  std::set<std::pair<uint64_t, size_t>> acknowledged_;  // of the attempt
  std::set<uint64_t> storing_, stored_, completed_, aborted_, kept_, savepoints_;
  uint64_t stopping_ = 0;  // the savepoint that is to end the job
};

TEST(CheckpointCoordinatorTest, WhateverComesInWhateverOrderNothingHalfIsEverComplete) {
  size_t completed = 0;
  for (uint64_t seed = 0; seed < 2'000; ++seed) {
    World world(seed);
    for (int i = 0; i < 300; ++i) {
      world.step();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
    }
    completed += world.completed();
  }
  EXPECT_GT(completed, 2'000U);
}

}  // namespace
}  // namespace pf::testing
