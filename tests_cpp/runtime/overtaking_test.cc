#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>

#include <gtest/gtest.h>

#include "dataflow/exchange/value_as_key.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "testing/checkpoint_shelf.h"

namespace pf::testing {
namespace {

constexpr int64_t kLast = 1'000;

/// What the subtasks of a sink share: whether they take anything in, and what they have.
struct Gate {
  std::atomic<bool> open{false};
  std::atomic<int64_t> taken{0};
  std::mutex mutex;
  std::vector<int64_t> numbers;
};

/// Keeps what it has taken in; takes in nothing as long as the gate is closed.
class GatedSink final : public Operator {
 public:
  explicit GatedSink(Gate* gate) : gate_(gate) {}
  void open(OperatorContext& context) override {
    Operator::open(context);
    lists_ = context.create_operator_state();
    seen_ = &lists_->declare("seen", Redistribution::kSplit, make_long_serializer());
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    if (!gate_->open) return Step::kWait;
    for (int64_t number : longs_of(batch)) numbers_.push_back(number);
    gate_->taken += static_cast<int64_t>(batch.size());
    return Step::kDone;
  }
  std::optional<size_t> pause_in_batch(Outbox&) override { return 0; }
  Step end_input(int, Outbox&) override {
    for (Datum item : seen_->items()) numbers_.push_back(static_cast<int64_t>(item.word));
    std::lock_guard lock(gate_->mutex);
    gate_->numbers.insert(gate_->numbers.end(), numbers_.begin(), numbers_.end());
    numbers_.clear();
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    std::vector<Datum> items;
    for (Datum item : seen_->items()) items.push_back(item);
    for (int64_t number : std::exchange(numbers_, {})) items.push_back({static_cast<uint64_t>(number)});
    seen_->update(std::move(items));
    return {.lists = lists_->snapshot()};
  }

 private:
  Gate* const gate_;
  std::unique_ptr<OperatorStateBackend> lists_;
  OperatorListState* seen_ = nullptr;
  std::vector<int64_t> numbers_;
};

struct Shape {
  ShipStrategy strategy;
  uint32_t sources;
  uint32_t sinks;
};

/// Numbers, through an operator chained to nothing, into the gated sink.
void declare(Program& program, Gate& gate, const std::shared_ptr<CheckpointShelf>& shelf, Shape shape,
             std::optional<int64_t> overtake_after) {
  StreamGraph& graph = program.graph();
  graph.batch_size = 4;
  CheckpointPlan plan;
  plan.settings.interval = 5;
  plan.overtake_after = overtake_after;
  plan.cleanup = CheckpointPlan::Cleanup::kNever;
  plan.make_storage = [shelf](const JobId&) { return shelf->open(); };
  graph.checkpoints = std::move(plan);
  auto source = program.source("numbers", make_sequence_source(1, kLast), shape.sources);
  auto between = program.then(source, ShipStrategy::kRebalance, "Between", operator_of<OnBatch>(pass_on), 2);
  uint32_t sink = program.op("Sink: gated", operator_of<GatedSink>(&gate), shape.sinks);
  StreamEdge edge;
  edge.source = between;
  edge.target = sink;
  edge.strategy = shape.strategy;
  if (shape.strategy == ShipStrategy::kHash) edge.keys = make_value_as_key();
  graph.add_edge(std::move(edge));
  graph.node(source).uid = "numbers";
  graph.node(between).uid = "between";
  graph.node(sink).uid = "sink";
  for (uint32_t id = 1; id <= 3; ++id) graph.node(id).max_parallelism = 16;
}

/// Lets the tasks run, and time pass, until it holds; false when it doesn't after so many steps.
bool run_until(SeededJob& seeded, const std::function<bool()>& holds, int steps = 20'000) {
  for (int step = 0; step < steps; ++step) {
    if (holds()) return true;
    if (step % 4 == 0 || !seeded.executor->run_one()) seeded.clock.advance_millis(1);
  }
  return holds();
}

void go_on(const std::shared_ptr<CheckpointShelf>& shelf, Shape shape, uint64_t seed) {
  Gate gate;
  gate.open = true;
  Program program;
  declare(program, gate, shelf, shape, 0);
  program.graph().restored = shelf->latest();
  SeededJob seeded(program, seed);
  seeded.job.start();
  ASSERT_TRUE(run_until(
      seeded, [&] { return seeded.job.wait(0); }, 100'000))
      << "the job hangs";
  ASSERT_EQ(seeded.job.status(), JobStatus::kFinished) << failure_of(seeded.job);
  std::sort(gate.numbers.begin(), gate.numbers.end());
  std::vector<int64_t> all;
  for (int64_t i = 1; i <= kLast; ++i) all.push_back(i);
  ASSERT_EQ(gate.numbers, all);
}

TEST(OvertakingTest, ACheckpointIsCompleteThoughNothingMovesAndHasAllThatIsOnItsWay) {
  const Shape before[] = {{ShipStrategy::kRebalance, 1, 1},
                          {ShipStrategy::kHash, 2, 3},
                          {ShipStrategy::kShuffle, 1, 3},
                          {ShipStrategy::kGlobal, 2, 2}};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Shape shape = before[seed % 4];
    auto shelf = std::make_shared<CheckpointShelf>();
    Gate gate;
    {
      Program program;
      declare(program, gate, shelf, shape, seed % 3 == 0 ? 0 : 7);
      SeededJob seeded(program, seed);
      seeded.job.start();
      ASSERT_TRUE(run_until(seeded, [&] { return seeded.job.checkpoints()->completed() >= 3; }));
      ASSERT_EQ(gate.taken, 0);
      int64_t persisted = 0;
      for (const auto& task : seeded.job.execution_graph()->tasks()) {
        persisted += task->checkpoint_metrics().persisted_bytes.value();
      }
      ASSERT_GT(persisted, 1'000);
      seeded.job.cancel();
    }
    // The latest is from when all channels were full.
    const Shape after = {shape.strategy, 1 + static_cast<uint32_t>(seed % 3),
                         1 + static_cast<uint32_t>(seed % 4)};
    for (Shape now : {shape, after}) {
      go_on(shelf, now, seed);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(OvertakingTest, InLineItWouldWait) {
  auto shelf = std::make_shared<CheckpointShelf>();
  Gate gate;
  Program program;
  declare(program, gate, shelf, {ShipStrategy::kRebalance, 1, 1}, std::nullopt);
  SeededJob seeded(program, 1);
  seeded.job.start();
  EXPECT_FALSE(run_until(seeded, [&] { return seeded.job.checkpoints()->completed() >= 3; }));
  seeded.job.cancel();
}

TEST(OvertakingTest, OnThreadsNothingIsLost) {
  for (uint64_t round = 0; round < 20; ++round) {
    auto shelf = std::make_shared<CheckpointShelf>();
    Gate gate;
    {
      Program program;
      declare(program, gate, shelf, {ShipStrategy::kHash, 2, 2}, 0);
      ThreadedJob threaded(program);
      threaded.job.start();
      ASSERT_TRUE(eventually([&] { return threaded.job.checkpoints()->completed() >= 2; }));
      ASSERT_EQ(gate.taken, 0);
      threaded.job.cancel();
      threaded.job.wait(-1);
    }
    go_on(shelf, {ShipStrategy::kHash, 1, 3}, round);
    if (HasFatalFailure()) return;
  }
}

TEST(OvertakingTest, WhatCannotOvertakeIsRefused) {
  auto shelf = std::make_shared<CheckpointShelf>();
  Gate gate;
  {
    Program program;
    declare(program, gate, shelf, {ShipStrategy::kRebalance, 1, 1}, 0);
    program.graph().checkpoints->settings.max_concurrent = 2;
    EXPECT_THROW(SeededJob(program, 1), Error);
  }
  Program program;
  declare(program, gate, shelf, {ShipStrategy::kCustom, 1, 1}, 0);
  EXPECT_THROW(SeededJob(program, 1), Error);
}

}  // namespace
}  // namespace pf::testing
