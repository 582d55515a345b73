#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "runtime/job.h"
#include "runtime/thread_executor.h"

namespace pf::testing {
namespace {

constexpr int64_t kLast = 300;

/// What has been committed, by transaction: to commit one twice changes nothing.
class Committed {
 public:
  void commit(const std::string& transaction, const std::vector<int64_t>& values) {
    std::lock_guard lock(mutex_);
    auto [at, is_new] = transactions_.try_emplace(transaction, values);
    if (!is_new && at->second != values) throw std::logic_error("a transaction has changed: " + transaction);
  }
  std::vector<int64_t> sorted() const {
    std::lock_guard lock(mutex_);
    std::vector<int64_t> all;
    for (const auto& [name, values] : transactions_) all.insert(all.end(), values.begin(), values.end());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<int64_t>> transactions_;
};

/// Commits what is before a checkpoint once that is complete, and what a restored one holds at once.
class TwoPhaseSink final : public Operator {
 public:
  explicit TwoPhaseSink(Committed* committed) : committed_(committed) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    if (context.restored.empty() || !context.restored.at(context.subtask)->lists) return;
    const auto* pending = context.restored[context.subtask]->lists->find("pending");
    for (std::string_view item : pending->items) {
      std::istringstream in{std::string(item)};
      std::string transaction;
      in >> transaction;
      std::vector<int64_t> values;
      for (int64_t value = 0; in >> value;) values.push_back(value);
      committed_->commit(transaction, values);
    }
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    for (int64_t value : longs_of(batch)) open_.push_back(value);
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    std::ostringstream name;
    name << context_->attempt << '-' << context_->subtask << '-' << context.checkpoint_id;
    pending_[context.checkpoint_id] = {name.str(), std::exchange(open_, {})};
    OperatorListSnapshotWriter out;
    out.begin_state("pending", "", Redistribution::kSplit, pending_.size());
    for (const auto& [id, transaction] : pending_) {
      std::ostringstream item;
      item << transaction.first;
      for (int64_t value : transaction.second) item << ' ' << value;
      out.add_item(item.str());
    }
    return {.lists = std::make_shared<OperatorListSnapshot>(out.finish())};
  }
  void notify_checkpoint_complete(int64_t checkpoint) override {
    while (!pending_.empty() && pending_.begin()->first <= checkpoint) {
      committed_->commit(pending_.begin()->second.first, pending_.begin()->second.second);
      pending_.erase(pending_.begin());
    }
  }

 private:
  Committed* committed_;
  std::vector<int64_t> open_;
  std::map<int64_t, std::pair<std::string, std::vector<int64_t>>> pending_;
};

/// Passes rows on and fails once in each of the first attempts, after so many rows.
std::shared_ptr<const OperatorFactory> fail_after(std::vector<int> rows_of_attempt) {
  auto left = std::make_shared<std::vector<std::atomic<int>>>(rows_of_attempt.size());
  for (size_t i = 0; i < rows_of_attempt.size(); ++i) (*left)[i] = rows_of_attempt[i];
  return operator_of<OnBatch>([left](OperatorContext& context, int, Batch& batch, Outbox& out) {
    if (context.attempt < left->size() && (*left)[context.attempt]-- == 0)
      throw std::runtime_error("as planned");
    return pass_on(context, 0, batch, out);
  });
}

CheckpointPlan every(int64_t millis) {
  CheckpointPlan plan;
  plan.settings.interval = millis;
  plan.make_storage = [](const JobId&) { return make_memory_checkpoint_storage(1 << 20); };
  return plan;
}

/// Numbers from two sources, through a failing operator in two subtasks, into a sink in two.
void declare(Program& program, Committed& committed, std::vector<int> failures) {
  program.graph().batch_size = 1;
  program.graph().restart = FixedDelay{100, 5};
  program.graph().checkpoints = every(4);
  auto source = program.source("numbers", make_sequence_source(1, kLast), 2);
  auto failing = program.then(source, ShipStrategy::kRebalance, "Fail", fail_after(std::move(failures)), 2);
  program.then(failing, ShipStrategy::kShuffle, "Sink: commit", operator_of<TwoPhaseSink>(&committed), 2);
}

std::vector<int64_t> all_numbers() {
  std::vector<int64_t> all;
  for (int64_t i = 1; i <= kLast; ++i) all.push_back(i);
  return all;
}

/// Runs tasks one by one, and turns the clock a little now and then, until the job is over.
void run_to_end(SeededJob& seeded, uint64_t seed) {
  std::mt19937_64 random(seed);
  seeded.job.start();
  for (int step = 0; step < 100'000 && !seeded.job.wait(0); ++step) {
    if (random() % 3 == 0 || !seeded.executor->run_one()) seeded.clock.advance_millis(1);
  }
  ASSERT_TRUE(seeded.job.wait(0)) << "the job hangs";
}

TEST(CheckpointTest, WhateverFailsWhenEveryRowIsCommittedOnce) {
  uint64_t checkpoints = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<int> failures(random() % 4);
    for (int& failure : failures) failure = static_cast<int>(random() % kLast);
    Committed committed;
    Program program;
    declare(program, committed, failures);
    SeededJob seeded(program, seed);
    run_to_end(seeded, seed);
    ASSERT_EQ(seeded.job.status(), JobStatus::kFinished) << failure_of(seeded.job);
    ASSERT_EQ(committed.sorted(), all_numbers());
    checkpoints += seeded.job.checkpoints()->completed();
    if (HasFatalFailure()) return;
  }
  // A last one for each job, and some in between.
  EXPECT_GT(checkpoints, 800U);
}

TEST(CheckpointTest, OnThreads) {
  for (int round = 0; round < 20; ++round) {
    Committed committed;
    Program program;
    declare(program, committed, {10 + round, 20});
    program.graph().checkpoints->settings.interval = 2;
    ThreadedJob threaded(program);
    threaded.run();
    EXPECT_EQ(threaded.job.status(), JobStatus::kFinished) << failure_of(threaded.job);
    EXPECT_EQ(committed.sorted(), all_numbers());
  }
}

TEST(CheckpointTest, TheEndOfAJobIsCommittedWithoutWaitingForTheNextTick) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().checkpoints->settings.interval = 1'000'000'000;
  SeededJob seeded(program, 1);
  seeded.run();
  EXPECT_EQ(seeded.job.checkpoints()->completed(), 1U);
  EXPECT_EQ(committed.sorted(), all_numbers());
}

/// The last checkpoint of a job that has failed, with what it had committed until then.
std::shared_ptr<const Checkpoint> checkpoint_of_failed_job(Committed& committed) {
  Program program;
  declare(program, committed, {250});
  program.graph().restart = NoRestart{};
  program.graph().checkpoints->cleanup = CheckpointPlan::Cleanup::kNever;
  SeededJob seeded(program, 3);
  run_to_end(seeded, 3);
  EXPECT_EQ(seeded.job.status(), JobStatus::kFailed);
  return const_cast<JobCheckpoints*>(seeded.job.checkpoints())->load_latest();
}

TEST(CheckpointTest, AJobGoesOnFromAnotherJobsCheckpoint) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().restored = checkpoint_of_failed_job(committed);
  ASSERT_TRUE(program.graph().restored);
  SeededJob seeded(program, 4);
  run_to_end(seeded, 4);
  EXPECT_EQ(committed.sorted(), all_numbers());
  EXPECT_GT(seeded.job.checkpoints()->completed(), 0U);
}

/// The memory of what a job goes on from.
class HeldMemory {
 public:
  explicit HeldMemory(const std::shared_ptr<const Checkpoint>& checkpoint) : checkpoint_(checkpoint) {
    for (const Checkpoint::Operator& op : checkpoint->operators) {
      for (const Checkpoint::Subtask& subtask : op.subtasks) states_.push_back(subtask.state);
    }
  }
  bool has_all() const { return !checkpoint_.expired(); }
  bool has_any() const {
    return std::any_of(states_.begin(), states_.end(), [](const auto& state) { return !state.expired(); });
  }

 private:
  std::weak_ptr<const Checkpoint> checkpoint_;
  std::vector<std::weak_ptr<const OperatorSnapshot>> states_;
};

/// Runs tasks and turns the clock until the condition holds.
bool run_until(SeededJob& seeded, const std::function<bool()>& condition) {
  for (int step = 0; step < 10'000 && !condition(); ++step) {
    if (!seeded.executor->run_one()) seeded.clock.advance_millis(1);
  }
  return condition();
}

TEST(CheckpointTest, WhatAJobGoesOnFromIsLetGoWhenItHasACheckpointOfItsOwn) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().restored = checkpoint_of_failed_job(committed);
  ASSERT_TRUE(program.graph().restored);
  const HeldMemory held(program.graph().restored);
  SeededJob seeded(program, 4);
  seeded.job.start();
  while (seeded.executor->run_one()) {
    const bool may_go_back = seeded.job.checkpoints()->completed() == 0;
    ASSERT_TRUE(held.has_all() || !may_go_back);
  }
  ASSERT_TRUE(run_until(seeded, [&] { return seeded.job.checkpoints()->completed() > 0; }));
  EXPECT_TRUE(run_until(seeded, [&] { return !held.has_all() && !held.has_any(); }));
}

TEST(CheckpointTest, AJobThatNeverStartsOverKeepsNothingOfWhatItGoesOnFrom) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().restart = NoRestart{};
  program.graph().checkpoints->settings.interval.reset();
  program.graph().restored = checkpoint_of_failed_job(committed);
  const HeldMemory held(program.graph().restored);
  SeededJob seeded(program, 4);
  EXPECT_TRUE(held.has_any()) << "the tasks have yet to be opened";
  seeded.job.start();
  EXPECT_TRUE(run_until(seeded, [&] { return !held.has_all() && !held.has_any(); }));
  EXPECT_EQ(seeded.job.checkpoints()->completed(), 0U);
}

TEST(CheckpointTest, WhoGoesOnFromTheEndHasNothingToDo) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().checkpoints->cleanup = CheckpointPlan::Cleanup::kNever;
  std::shared_ptr<const Checkpoint> last;
  {
    SeededJob seeded(program, 1);
    seeded.job.start();
    while (seeded.executor->run_one() && !last) {
      if (seeded.job.checkpoints()->completed() > 0) {
        last = const_cast<JobCheckpoints*>(seeded.job.checkpoints())->load_latest();
      }
    }
  }
  ASSERT_TRUE(last);
  for (const auto& op : last->operators) {
    for (const auto& subtask : op.subtasks) EXPECT_TRUE(subtask.ended);
  }
  Committed again;
  Program resumed;
  declare(resumed, again, {});
  resumed.graph().restored = last;
  SeededJob seeded(resumed, 2);
  seeded.run();
  EXPECT_EQ(seeded.job.status(), JobStatus::kFinished);
  // Only what the checkpoint itself still holds is committed, in case that it was not before.
  for (int64_t value : again.sorted()) EXPECT_LE(value, kLast);
}

/// The source had ended when nobody knew of the operator, which is in its chain now.
TEST(CheckpointTest, ASourceThatHadEndedIsNotReadAgainForANewOperator) {
  Checkpoint ended;
  ended.operators.push_back({"numbers", "Source: numbers", 128, {}, {{nullptr, true}, {nullptr, true}}});
  for (ShipStrategy strategy : {ShipStrategy::kForward, ShipStrategy::kRebalance}) {
    Collected collected;
    Program program;
    auto source = program.source("numbers", make_sequence_source(1, kLast), 2);
    program.graph().node(source).uid = "numbers";
    program.then(source, strategy, "Collect", collect_into(collected), 2);
    program.graph().checkpoints = every(4);
    program.graph().restored = std::make_shared<Checkpoint>(ended);
    SeededJob seeded(program, 1);
    run_to_end(seeded, 1);
    EXPECT_EQ(seeded.job.status(), JobStatus::kFinished) << failure_of(seeded.job);
    EXPECT_TRUE(collected.sorted().empty());
  }
}

/// Gives nothing back.
class BrokenStorage final : public CheckpointStorage {
 public:
  void store(const Checkpoint&) override { throw Error("the disk is full"); }
  Checkpoint load(uint64_t, const LoadOptions&) const override { throw Error("there is nothing"); }
  bool discard(uint64_t) override { return true; }
  void put_shared(const std::string&, std::string_view) override {}
  void remove_shared(const std::vector<std::string>&) override {}
  std::string location(uint64_t) const override { return {}; }
};

TEST(CheckpointTest, StorageThatFailsFailsTheJobUnlessTolerated) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().restart = NoRestart{};
  program.graph().checkpoints->make_storage = [](const JobId&) { return std::make_unique<BrokenStorage>(); };
  SeededJob seeded(program, 1);
  run_to_end(seeded, 1);
  EXPECT_EQ(seeded.job.status(), JobStatus::kFailed);
  EXPECT_NE(failure_of(seeded.job).find("the disk is full"), std::string::npos) << failure_of(seeded.job);
  EXPECT_TRUE(committed.sorted().empty());
}

/// In memory; cannot be read for a while.
class UnreachableStorage final : public CheckpointStorage {
 public:
  struct Seen {
    int stored = 0, refused = 0;
  };
  explicit UnreachableStorage(Seen& seen) : seen_(seen) {}

  void store(const Checkpoint& checkpoint) override {
    storage_->store(checkpoint);
    ++seen_.stored;
  }
  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    if (seen_.refused < 2) {
      ++seen_.refused;
      throw Error("nobody answers");
    }
    return storage_->load(id, options);
  }
  bool discard(uint64_t id) override { return storage_->discard(id); }
  void put_shared(const std::string& name, std::string_view bytes) override {
    storage_->put_shared(name, bytes);
  }
  void remove_shared(const std::vector<std::string>& names) override { storage_->remove_shared(names); }
  std::string location(uint64_t id) const override { return storage_->location(id); }

 private:
  Seen& seen_;
  const std::unique_ptr<CheckpointStorage> storage_ = make_memory_checkpoint_storage(1 << 20);
};

TEST(CheckpointTest, ARestartThatCannotReadItsCheckpointIsTriedAgain) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Committed committed;
    UnreachableStorage::Seen seen;
    Program program;
    program.graph().batch_size = 1;
    program.graph().restart = FixedDelay{100, 1};
    program.graph().checkpoints = every(2);
    program.graph().checkpoints->make_storage = [&](const JobId&) {
      return std::make_unique<UnreachableStorage>(seen);
    };
    auto fails_behind_a_checkpoint = [&](OperatorContext& context, int, Batch& batch, Outbox& out) {
      if (seen.stored > 0 && context.attempt == 0) throw std::runtime_error("as planned");
      return pass_on(context, 0, batch, out);
    };
    auto source = program.source("numbers", make_sequence_source(1, kLast), 2);
    auto failing = program.then(source, ShipStrategy::kRebalance, "Fail",
                                operator_of<OnBatch>(fails_behind_a_checkpoint), 2);
    program.then(failing, ShipStrategy::kShuffle, "Sink: commit", operator_of<TwoPhaseSink>(&committed), 2);
    SeededJob seeded(program, seed);
    run_to_end(seeded, seed);
    EXPECT_EQ(seeded.job.status(), JobStatus::kFinished) << failure_of(seeded.job);
    EXPECT_EQ(seen.refused, 2);
    EXPECT_EQ(seeded.job.restarts(), 3U);
    EXPECT_EQ(committed.sorted(), all_numbers());
  }
}

TEST(CheckpointTest, LoopsAreRefused) {
  Committed committed;
  Program program;
  declare(program, committed, {});
  program.graph().node(2).iteration_wait_millis = 10;
  EXPECT_THROW(SeededJob(program, 1), Error);
}

}  // namespace
}  // namespace pf::testing
