#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "runtime/job.h"

namespace pf::testing {
namespace {

/// Fails at the value 3 in the first so many attempts.
std::shared_ptr<const OperatorFactory> fail_in_attempts(uint32_t failing) {
  return operator_of<OnBatch>([failing](OperatorContext& context, int, Batch& batch, Outbox& out) {
    for (int64_t value : longs_of(batch)) {
      if (value == 3 && context.attempt < failing) throw std::runtime_error("three");
    }
    return pass_on(context, 0, batch, out);
  });
}

/// Two ways that nothing connects; 1 to 5 go through each, which fails in its first so many attempts.
struct TwoWays {
  void declare(Program& program, uint32_t first_fails, uint32_t second_fails, RestartSettings restart) {
    program.graph().batch_size = 1;
    program.graph().restart = restart;
    declare_one(program, "first", first_fails, first);
    declare_one(program, "second", second_fails, second);
  }
  static void declare_one(Program& program, const std::string& name, uint32_t fails, Collected& collected) {
    auto source = program.source(name, make_sequence_source(1, 5));
    auto op = program.then(source, ShipStrategy::kRebalance, "Fail", fail_in_attempts(fails));
    program.then(op, ShipStrategy::kRebalance, "Sink", collect_into(collected));
  }

  Collected first;
  Collected second;
};

const std::vector<int64_t> kOnce = {1, 2, 3, 4, 5};

std::vector<int64_t> last_five(const Collected& collected) {
  std::vector<int64_t> all = collected.of_subtask(0);
  return {all.end() - std::min<ptrdiff_t>(5, std::ssize(all)), all.end()};
}

void run_turning(SeededJob& seeded, int turns = 100) {
  seeded.job.start();
  seeded.executor->drain();
  while (!seeded.job.wait(0) && turns-- > 0) {
    seeded.clock.advance_millis(10);
    seeded.executor->drain();
  }
}

TEST(RegionTest, OnlyWhatHasFailedStartsOver) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TwoWays ways;
    Program program;
    ways.declare(program, 2, 0, FixedDelay{3, 20});
    SeededJob seeded(program, seed);
    run_turning(seeded);
    EXPECT_EQ(seeded.job.status(), JobStatus::kFinished);
    EXPECT_EQ(seeded.job.restarts(), 2U);
    EXPECT_EQ(last_five(ways.first), kOnce);
    EXPECT_EQ(ways.second.of_subtask(0), kOnce);
  }
}

/// Tells of which operators the state is about to be read.
class WatchedStorage final : public CheckpointStorage {
 public:
  using OnLoad = std::function<void(const std::set<std::string>& operators)>;
  explicit WatchedStorage(OnLoad on_load) : on_load_(std::move(on_load)) {}
  void store(const Checkpoint& checkpoint) override {
    kept_->store(checkpoint);
    for (const Checkpoint::Operator& op : checkpoint.operators) ids_.emplace(op.id, op.name);
  }
  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    std::set<std::string> read;
    for (const auto& [of, name] : ids_) {
      if (options.has_state_of(of)) read.insert(name);
    }
    on_load_(read);
    return kept_->load(id, options);
  }
  bool discard(uint64_t id) override { return kept_->discard(id); }
  void put_shared(const std::string&, std::string_view) override {}
  void remove_shared(const std::vector<std::string>&) override {}
  std::string location(uint64_t) const override { return {}; }

 private:
  const std::unique_ptr<CheckpointStorage> kept_ = make_memory_checkpoint_storage(1 << 20);
  std::map<std::string, std::string> ids_;
  const OnLoad on_load_;
};

TEST(RegionTest, OnlyTheStateOfWhatStartsOverIsRead) {
  std::set<std::string> read;
  bool shall_fail = false;
  Collected collected;
  Program program;
  program.graph().batch_size = 1;
  program.graph().restart = FixedDelay{3, 1};
  program.graph().checkpoints.emplace();
  program.graph().checkpoints->settings.interval = 1;
  program.graph().checkpoints->make_storage = [&](const JobId&) {
    return std::make_unique<WatchedStorage>([&](const auto& operators) { read = operators; });
  };
  for (const std::string name : {"first", "second"}) {
    auto source = program.source(name, make_sequence_source(1, 1'000'000));
    auto fail = [&shall_fail, name](OperatorContext& context, int, Batch& batch, Outbox& out) {
      if (name == "first" && std::exchange(shall_fail, false)) throw std::runtime_error("as planned");
      return pass_on(context, 0, batch, out);
    };
    auto op = program.then(source, ShipStrategy::kRebalance, name + " op", operator_of<OnBatch>(fail));
    program.then(op, ShipStrategy::kRebalance, name + " sink", collect_into(collected));
  }
  SeededJob seeded(program, 1);
  seeded.job.start();
  auto run_until = [&](const std::function<bool()>& condition) {
    for (int step = 0; step < 10'000 && !condition(); ++step) {
      seeded.executor->run_one();
      if (step % 10 == 0) seeded.clock.advance_millis(1);
    }
    return condition();
  };
  ASSERT_TRUE(run_until([&] { return seeded.job.checkpoints()->completed() > 0; }));
  shall_fail = true;
  const uint64_t before = seeded.job.checkpoints()->completed();
  ASSERT_TRUE(run_until([&] { return !read.empty() && seeded.job.checkpoints()->completed() > before + 1; }));
  EXPECT_EQ(read, (std::set<std::string>{"Source: first", "first op", "first sink"}));
}

/// A row each millisecond, for as long as the clock wakes it, until it shall end.
class Ticking final : public Source {
 public:
  Ticking(std::atomic<int>* ticks, std::atomic<bool>* shall_end) : ticks_(ticks), shall_end_(shall_end) {}
  Poll poll(Outbox& out) override {
    if (*shall_end_) return Poll::kEnd;
    if (context_->clock->monotonic_nanos() < due_) return Poll::kWait;
    out.emit(longs({++*ticks_}));
    due_ = context_->clock->monotonic_nanos() + 1'000'000;
    context_->wake_after(1'000'000);
    return Poll::kMore;
  }

 private:
  std::atomic<int>* ticks_;
  std::atomic<bool>* shall_end_;
  int64_t due_ = 0;
};

TEST(RegionTest, WhileTheStateOfOneIsReadTheOthersHaveTheirTimers) {
  std::atomic<int> failing_ticks{0}, ticks{0}, ticks_while_read{0};
  std::atomic<bool> shall_fail{true}, shall_end{false};
  Collected collected;
  Program program;
  program.graph().restart = FixedDelay{1, 1};
  program.graph().checkpoints.emplace();
  program.graph().checkpoints->settings.interval = 1;
  program.graph().checkpoints->make_storage = [&](const JobId&) {
    return std::make_unique<WatchedStorage>([&](const auto&) {
      const int before = ticks;
      eventually([&] { return ticks > before + 5; });
      ticks_while_read = ticks - before;
      shall_end = true;
    });
  };
  ThreadedJob* running = nullptr;
  auto failing = program.source("failing", source_of<Ticking>(&failing_ticks, &shall_end));
  auto fail = [&](OperatorContext& context, int, Batch& batch, Outbox& out) {
    if (running->job.checkpoints()->completed() > 0 && shall_fail.exchange(false)) {
      throw std::runtime_error("as planned");
    }
    return pass_on(context, 0, batch, out);
  };
  auto op = program.then(failing, ShipStrategy::kRebalance, "Fail", operator_of<OnBatch>(fail));
  program.then(op, ShipStrategy::kRebalance, "Sink", collect_into(collected));
  auto other = program.source("ticking", source_of<Ticking>(&ticks, &shall_end));
  program.then(other, ShipStrategy::kRebalance, "Sink", collect_into(collected));
  ThreadedJob threaded(program);
  running = &threaded;
  threaded.run();
  EXPECT_EQ(threaded.job.status(), JobStatus::kFinished);
  EXPECT_EQ(threaded.job.restarts(), 1U);
  EXPECT_GT(ticks_while_read, 5);
}

TEST(RegionTest, RegionsThatFailAtOnceStartOverEachForItself) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TwoWays ways;
    Program program;
    ways.declare(program, 1, 2, FixedDelay{3, 20});
    SeededJob seeded(program, seed);
    run_turning(seeded);
    EXPECT_EQ(seeded.job.status(), JobStatus::kFinished);
    EXPECT_EQ(seeded.job.restarts(), 3U);
    EXPECT_EQ(last_five(ways.first), kOnce);
    EXPECT_EQ(last_five(ways.second), kOnce);
  }
}

TEST(RegionTest, OnThreads) {
  for (int i = 0; i < 20; ++i) {
    TwoWays ways;
    Program program;
    ways.declare(program, 5, 3, FixedDelay{8, 0});
    ThreadedJob threaded(program);
    threaded.run();
    EXPECT_EQ(threaded.job.status(), JobStatus::kFinished);
    EXPECT_EQ(threaded.job.restarts(), 8U);
    EXPECT_EQ(last_five(ways.first), kOnce);
    EXPECT_EQ(last_five(ways.second), kOnce);
  }
}

TEST(RegionTest, AllStartsOverWhereThatIsWanted) {
  Program program;
  LifeCycle endless;
  Collected collected;
  program.graph().restart = FixedDelay{1, 0};
  program.graph().failover = FailoverStrategy::kFull;
  program.then(program.source("endless", source_of<EndlessSource>(&endless)), ShipStrategy::kForward, "Drop",
               operator_of<OnBatch>([](OperatorContext&, int, Batch&, Outbox&) { return Step::kDone; }));
  TwoWays::declare_one(program, "failing", 1, collected);
  ThreadedJob threaded(program);
  threaded.job.start();
  EXPECT_TRUE(eventually([&] { return endless.opened == 2; }));
  threaded.job.cancel();
  EXPECT_TRUE(threaded.job.wait(10'000));
  EXPECT_EQ(endless.closed, 2);
}

TEST(RegionTest, TheOthersGoOnWhileOneWaitsAndEndWithTheJob) {
  Program program;
  LifeCycle endless;
  Collected collected;
  std::atomic<int> seen{0};
  program.graph().restart = FixedDelay{1, 3'600'000};
  program.then(program.source("endless", source_of<EndlessSource>(&endless)), ShipStrategy::kForward, "Count",
               operator_of<OnBatch>([&seen](OperatorContext&, int, Batch&, Outbox&) {
                 ++seen;
                 return Step::kDone;
               }));
  TwoWays::declare_one(program, "failing", 1, collected);
  ThreadedJob threaded(program);
  threaded.job.start();
  ASSERT_TRUE(eventually([&] { return threaded.job.status() == JobStatus::kRestarting; }));
  const int before = seen;
  EXPECT_TRUE(eventually([&] { return seen > before + 100; }));
  threaded.job.cancel();
  EXPECT_TRUE(threaded.job.wait(10'000));
  EXPECT_EQ(threaded.job.status(), JobStatus::kCanceled);
  EXPECT_EQ(endless.opened, 1);
  EXPECT_EQ(endless.closed, 1);
}

TEST(RegionTest, TheJobFailsWithAllOfItWhenTheStrategyGivesUp) {
  Program program;
  LifeCycle endless;
  Collected collected;
  program.graph().restart = FixedDelay{2, 0};
  program.then(program.source("endless", source_of<EndlessSource>(&endless)), ShipStrategy::kForward, "Drop",
               operator_of<OnBatch>([](OperatorContext&, int, Batch&, Outbox&) { return Step::kDone; }));
  TwoWays::declare_one(program, "failing", 100, collected);
  ThreadedJob threaded(program);
  threaded.run();
  EXPECT_EQ(threaded.job.status(), JobStatus::kFailed);
  EXPECT_EQ(threaded.job.restarts(), 2U);
  EXPECT_EQ(failure_of(threaded.job), "three");
  EXPECT_EQ(endless.opened, 1);
  EXPECT_EQ(endless.closed, 1);
}

}  // namespace
}  // namespace pf::testing
