// What is counted and measured of checkpoints, by a clock that a test turns.

#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>

#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "state/operator_snapshot.h"
#include "state/unwritten_state.h"

namespace pf::testing {
namespace {

constexpr int64_t kInterval = 100, kTimeout = 50;
constexpr int64_t kSyncMillis = 3, kAsyncMillis = 5;
constexpr size_t kBytes = 1'000;

struct Behaviour {
  ManualClock* clock = nullptr;
  bool writes = true;
  bool fails = false;
};

class SlowlyWritten final : public UnwrittenState {
 public:
  explicit SlowlyWritten(const Behaviour* behaviour) : behaviour_(behaviour) {}
  void write(OperatorSnapshot& snapshot, SharedFiles&) override {
    behaviour_->clock->pass_millis(kAsyncMillis);
    if (!behaviour_->writes) throw Error("as planned");
    KeyedSnapshotWriter out(128);
    out.begin_state({.name = "state", .schema = "{}"});
    out.add_row({7, "key", "", std::string(kBytes, 'x')});
    snapshot.keyed = std::make_shared<KeyedSnapshot>(out.finish());
  }

 private:
  const Behaviour* behaviour_;
};

/// Takes its time for snapshots.
class Slow final : public Operator {
 public:
  explicit Slow(Behaviour* behaviour) : behaviour_(behaviour) {}
  Step process_batch(int, Batch&, Outbox&) override {
    if (std::exchange(behaviour_->fails, false)) throw std::runtime_error("as planned");
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    behaviour_->clock->pass_millis(kSyncMillis);
    return {.unwritten = std::make_shared<SlowlyWritten>(behaviour_)};
  }

 private:
  Behaviour* behaviour_;
};

class CheckpointStatisticsTest : public ::testing::Test {
 protected:
  CheckpointStatisticsTest() {
    program_.graph().batch_size = 1;
    program_.graph().restart = FixedDelay{10, 5};
    CheckpointPlan plan;
    plan.settings.interval = kInterval;
    plan.settings.timeout = kTimeout;
    plan.settings.tolerable_failures = 10;
    plan.make_storage = [](const JobId&) { return make_memory_checkpoint_storage(1 << 20); };
    program_.graph().checkpoints = plan;
    auto source = program_.source("numbers", make_sequence_source(1, int64_t{1} << 50));
    program_.then(source, ShipStrategy::kRebalance, "Slow", operator_of<Slow>(&behaviour_));
    seeded_ = std::make_unique<SeededJob>(program_, 1);
    behaviour_.clock = &seeded_->clock;
    seeded_->job.start();
  }
  ~CheckpointStatisticsTest() override { std::filesystem::remove_all(folder_); }

  const JobCheckpoints& checkpoints() const { return *seeded_->job.checkpoints(); }
  CheckpointCounts counts() const { return checkpoints().counts(); }
  int64_t now() const { return seeded_->clock.epoch_millis(); }
  /// While the clock stands still.
  void run_until(const std::function<bool()>& holds) {
    for (int step = 0; step < 100'000 && !holds(); ++step) seeded_->executor->run_one();
    ASSERT_TRUE(holds());
  }
  /// Turns the clock until a checkpoint begins.
  void trigger() {
    for (int64_t left = 2 * kInterval; left > 0 && counts().in_progress == 0; --left) {
      seeded_->clock.advance_millis(1);
    }
    ASSERT_EQ(counts().in_progress, 1U);
  }
  void complete_one() {
    trigger();
    run_until([&, before = counts().completed] { return counts().completed > before; });
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("pyflinkpp-statistics-" + JobId::random().hex());
  Behaviour behaviour_;
  Program program_;
  std::unique_ptr<SeededJob> seeded_;
};

TEST_F(CheckpointStatisticsTest, ACompleteOneHasItsTimesAndSizes) {
  EXPECT_EQ(counts().completed + counts().failed + counts().in_progress, 0U);
  EXPECT_FALSE(checkpoints().last_statistics());
  trigger();
  const int64_t triggered = now();
  constexpr int64_t kUntilItIsHeardOf = 7;
  seeded_->clock.advance_millis(kUntilItIsHeardOf);
  EXPECT_EQ(counts().in_progress, 1U);
  run_until([this] { return counts().completed == 1; });
  EXPECT_EQ(counts().in_progress, 0U);
  EXPECT_EQ(counts().failed, 0U);
  EXPECT_FALSE(counts().restored_at);
  const CheckpointStatistics of = checkpoints().last_statistics().value();
  EXPECT_EQ(of.id, 1U);
  EXPECT_FALSE(of.is_savepoint);
  EXPECT_EQ(of.trigger_timestamp, triggered);
  EXPECT_EQ(of.end_to_end_duration, kUntilItIsHeardOf + kSyncMillis + kAsyncMillis);
  EXPECT_EQ(of.sync_duration, kSyncMillis);
  EXPECT_EQ(of.async_duration, kAsyncMillis);
  EXPECT_GT(of.state_size, kBytes);
  EXPECT_LT(of.state_size, 2 * kBytes);
  EXPECT_EQ(of.checkpointed_size, of.state_size);
}

TEST_F(CheckpointStatisticsTest, ThoseThatAreSubsumedStayInTheStatistics) {
  for (int i = 0; i < 3; ++i) complete_one();
  EXPECT_EQ(counts().completed, 3U);
  EXPECT_EQ(checkpoints().latest()->id, 3U);
  std::vector<uint64_t> ids;
  for (const CheckpointStatistics& of : checkpoints().statistics()) ids.push_back(of.id);
  EXPECT_EQ(ids, (std::vector<uint64_t>{1, 2, 3}));
}

TEST_F(CheckpointStatisticsTest, ThoseThatFailAreCountedAndCostNothing) {
  complete_one();
  behaviour_.writes = false;
  trigger();
  run_until([this] { return counts().failed == 1; });
  EXPECT_EQ(counts().in_progress, 0U);
  behaviour_.writes = true;
  trigger();
  seeded_->clock.advance_millis(kTimeout);
  EXPECT_EQ(counts().failed, 2U) << "it took too long";
  EXPECT_EQ(counts().in_progress, 0U);
  EXPECT_EQ(counts().completed, 1U);
  EXPECT_EQ(checkpoints().last_statistics()->id, 1U);
  complete_one();
  EXPECT_EQ(checkpoints().last_statistics()->id, 4U);
}

TEST_F(CheckpointStatisticsTest, ARestartGivesUpWhatIsInProgressAndTellsWhenItWas) {
  complete_one();
  trigger();
  behaviour_.fails = true;
  run_until([this] { return seeded_->job.status() == JobStatus::kRestarting; });
  EXPECT_EQ(counts().failed, 1U);
  EXPECT_EQ(seeded_->job.restarts(), 0U);
  while (!seeded_->executor->run_one()) seeded_->clock.advance_millis(1);
  EXPECT_EQ(counts().restored_at, now());
  EXPECT_EQ(seeded_->job.restarts(), 1U);
  complete_one();
  EXPECT_EQ(counts().completed, 2U);
}

TEST_F(CheckpointStatisticsTest, SavepointsAreCountedToo) {
  auto savepoint = seeded_->job.trigger_savepoint(Location(folder_), CheckpointPurpose::kSavepoint);
  EXPECT_EQ(counts().in_progress, 1U);
  run_until([this] { return counts().completed == 1; });
  EXPECT_EQ(savepoint.get().find(folder_.string()), 0U);
  EXPECT_TRUE(checkpoints().last_statistics()->is_savepoint);
  EXPECT_EQ(checkpoints().completed(), 0U) << "nothing goes on from it by itself";
  complete_one();
  EXPECT_FALSE(checkpoints().last_statistics()->is_savepoint);
  EXPECT_EQ(counts().completed, 2U);
}

}  // namespace
}  // namespace pf::testing
