#include <atomic>
#include <stdexcept>

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

/// 1 to 5, through an operator that fails, into `collected`; two tasks with a channel in between.
void declare(Program& program, Collected& collected, uint32_t failing_attempts, RestartSettings restart) {
  program.graph().batch_size = 1;
  program.graph().restart = restart;
  auto source = program.source("numbers", make_sequence_source(1, 5));
  auto failing = program.then(source, ShipStrategy::kRebalance, "Fail", fail_in_attempts(failing_attempts));
  program.then(failing, ShipStrategy::kForward, "Sink: collect", collect_into(collected));
}

/// Runs what is ready, and turns the clock, until the job is over.
void run_turning(SeededJob& seeded, int turns = 100) {
  seeded.job.start();
  seeded.executor->drain();
  while (!seeded.job.wait(0) && turns-- > 0) {
    seeded.clock.advance_millis(10);
    seeded.executor->drain();
  }
}

TEST(RestartTest, TheWholeJobStartsOverFromTheBeginning) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Collected collected;
    Program program;
    declare(program, collected, 2, FixedDelay{3, 20});
    SeededJob seeded(program, seed);
    run_turning(seeded);
    EXPECT_EQ(seeded.job.status(), JobStatus::kFinished);
    EXPECT_EQ(seeded.job.restarts(), 2U);
    EXPECT_EQ(failure_of(seeded.job), "three");
    auto values = collected.of_subtask(0);
    ASSERT_GE(values.size(), 5U);
    EXPECT_EQ(std::vector<int64_t>(values.end() - 5, values.end()), (std::vector<int64_t>{1, 2, 3, 4, 5}));
  }
}

TEST(RestartTest, EachRestartIsToldOnceWithItsNumberAndCause) {
  Collected collected;
  Program program;
  declare(program, collected, 3, FixedDelay{5, 20});
  SeededJob seeded(program, 0);
  std::vector<uint32_t> told;
  seeded.job.on_restart([&](uint32_t restarts, const std::exception_ptr& failure) {
    told.push_back(restarts);
    EXPECT_THROW(std::rethrow_exception(failure), std::runtime_error);
  });
  run_turning(seeded);
  EXPECT_EQ(told, (std::vector<uint32_t>{1, 2, 3}));
}

TEST(RestartTest, OnThreads) {
  Collected collected;
  Program program;
  declare(program, collected, 5, FixedDelay{5, 0});
  ThreadedJob threaded(program);
  threaded.run();
  EXPECT_EQ(threaded.job.status(), JobStatus::kFinished);
  EXPECT_EQ(threaded.job.restarts(), 5U);
}

TEST(RestartTest, TheJobFailsWhenTheStrategyGivesUp) {
  Collected collected;
  Program program;
  declare(program, collected, 100, FixedDelay{2, 20});
  SeededJob seeded(program, 1);
  run_turning(seeded);
  EXPECT_EQ(seeded.job.status(), JobStatus::kFailed);
  EXPECT_EQ(seeded.job.restarts(), 2U);
  EXPECT_EQ(failure_of(seeded.job), "three");
}

TEST(RestartTest, ItWaitsForAsLongAsTheStrategySays) {
  Collected collected;
  Program program;
  declare(program, collected, 1, FixedDelay{1, 20});
  SeededJob seeded(program, 1);
  seeded.job.start();
  seeded.executor->drain();
  EXPECT_EQ(seeded.job.status(), JobStatus::kRestarting);
  seeded.clock.advance_millis(19);
  EXPECT_EQ(seeded.job.status(), JobStatus::kRestarting);
  seeded.clock.advance_millis(1);
  while (seeded.job.restarts() == 0) ASSERT_TRUE(seeded.executor->run_one());
  EXPECT_EQ(seeded.job.status(), JobStatus::kRunning);
}

TEST(RestartTest, CancellingAJobThatWaitsEndsIt) {
  Collected collected;
  Program program;
  declare(program, collected, 1, FixedDelay{1, 3'600'000});
  ThreadedJob threaded(program);
  threaded.job.start();
  ASSERT_TRUE(eventually([&] { return threaded.job.status() == JobStatus::kRestarting; }));
  threaded.job.cancel();
  EXPECT_TRUE(threaded.job.wait(0));
  EXPECT_EQ(threaded.job.status(), JobStatus::kCanceled);
}

TEST(RestartTest, AJobMayBeDestroyedAtAnyTimeOfARestart) {
  for (int64_t delay : {0, 0, 0, 1, 1, 3'600'000}) {
    LifeCycle life;
    Program program;
    program.graph().restart = FixedDelay{INT64_MAX, delay};
    auto source = program.source("numbers", source_of<EndlessSource>(&life));
    program.then(source, ShipStrategy::kRebalance, "Fail", fail_in_attempts(UINT32_MAX));
    {
      ThreadedJob threaded(program);
      threaded.job.start();
      eventually([&] { return threaded.job.status() != JobStatus::kRunning || life.opened > 3; });
    }
    EXPECT_EQ(life.opened, life.closed);
  }
}

TEST(RestartTest, AJobWithoutThreadsMayBeDestroyedWhileItRuns) {
  LifeCycle life;
  Program program;
  auto source = program.source("numbers", source_of<EndlessSource>(&life));
  program.then(source, ShipStrategy::kRebalance, "Map", map_longs([](int64_t x) { return x; }));
  {
    SeededJob seeded(program, 1);
    seeded.job.start();
    for (int i = 0; i < 10; ++i) seeded.executor->run_one();
    EXPECT_EQ(life.opened, 1);
  }
  EXPECT_EQ(life.closed, 1);
}

TEST(WakerTest, ARetiredTargetIsLeftAlone) {
  struct Target : Wakeable {
    void wake() override { ++woken; }
    int woken = 0;
  } target;
  Waker waker(target);
  waker.wake();
  waker.retire();
  waker.wake();
  EXPECT_EQ(target.woken, 1);
}

}  // namespace
}  // namespace pf::testing
