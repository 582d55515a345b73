#include <map>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dataflow/operator/pass_through.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "runtime/job.h"

namespace pf::testing {
namespace {

/// Values below `limit` go round (slot 1) after `function`, each `copies` times; the others leave (slot 0).
std::shared_ptr<const OperatorFactory> loop_body(int64_t limit, int64_t step, int copies = 1) {
  return operator_of<OnBatch>([=](OperatorContext&, int, Batch& batch, Outbox& out) {
    std::vector<int64_t> again;
    std::vector<int64_t> done;
    for (int64_t value : dynamic_cast<const FixedColumn<int64_t>&>(*batch.values).values()) {
      if (value >= limit) {
        done.push_back(value);
      } else {
        again.insert(again.end(), static_cast<size_t>(copies), value + step);
      }
    }
    if (!again.empty()) out.emit(longs(std::move(again)), 1);
    if (!done.empty()) out.emit(longs(std::move(done)));
    return Step::kDone;
  });
}

/// 1 to `last`, round and round until they have reached the limit.
void declare(Program& program, Collected& collected, int64_t last,
             std::shared_ptr<const OperatorFactory> body, uint32_t parallelism, int64_t wait_millis = 50) {
  program.graph().batch_size = 2;
  auto source = program.source("numbers", make_sequence_source(1, last));
  auto head = program.then(source, parallelism == 1 ? ShipStrategy::kForward : ShipStrategy::kRebalance,
                           "Iteration", make_pass_through(false), parallelism);
  program.graph().node(head).iteration_wait_millis = wait_millis;
  auto bodies = program.then(head, ShipStrategy::kRebalance, "Body", std::move(body), parallelism);
  program.graph().side_output_slot(bodies, "again");
  StreamEdge back;
  back.source = bodies;
  back.target = head;
  back.slot = 1;
  back.strategy = ShipStrategy::kRebalance;
  back.feedback = true;
  program.graph().add_edge(back);
  program.then(bodies, ShipStrategy::kRebalance, "Sink: collect", collect_into(collected));
}

/// Runs what is ready, and turns the clock only when nothing is.
void run_turning(SeededJob& seeded, int turns = 50) {
  seeded.job.start();
  seeded.executor->drain();
  while (!seeded.job.wait(0) && turns-- > 0) {
    seeded.clock.advance_millis(10);
    seeded.executor->drain();
  }
}

TEST(LoopTest, RecordsGoRoundUntilTheyLeave) {
  for (uint32_t parallelism : {1U, 3U}) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Collected collected;
      Program program;
      declare(program, collected, 20, loop_body(100, 10), parallelism);
      SeededJob seeded(program, seed);
      run_turning(seeded);
      EXPECT_EQ(seeded.job.status(), JobStatus::kFinished);
      std::vector<int64_t> expected;
      for (int64_t value = 100; value <= 109; ++value) expected.insert(expected.end(), 2, value);
      EXPECT_EQ(collected.sorted(), expected);
    }
  }
}

TEST(LoopTest, ALoopThatMultipliesRecordsDoesNotDeadlock) {
  Collected collected;
  Program program;
  declare(program, collected, 200, loop_body(1'000'000, 200'000, 3), 2, 300);
  ThreadedJob threaded(program);
  threaded.run();
  EXPECT_EQ(threaded.job.status(), JobStatus::kFinished);
  EXPECT_EQ(collected.sorted().size(), 200U * 3 * 3 * 3 * 3 * 3);
}

TEST(LoopTest, WithoutAWaitTheLoopNeverEnds) {
  Collected collected;
  Program program;
  declare(program, collected, 5, loop_body(100, 100), 1, 0);
  SeededJob seeded(program, 1);
  run_turning(seeded);
  EXPECT_EQ(seeded.job.status(), JobStatus::kRunning);
  EXPECT_EQ(collected.sorted().size(), 5U);
}

TEST(LoopTest, TheWaitBeginsAnewWithEachRecordThatComesBack) {
  ManualClock clock;
  std::vector<int64_t> wakes;
  LoopEnd end(100, clock, [&](int64_t nanos) { wakes.push_back(nanos / 1'000'000); });
  clock.advance_millis(1'000);
  EXPECT_FALSE(end.has_come()) << "the input has not ended";
  end.input_ended();
  EXPECT_FALSE(end.has_come());
  clock.advance_millis(60);
  end.came_back();
  EXPECT_FALSE(end.has_come());
  clock.advance_millis(40);
  EXPECT_FALSE(end.has_come());
  clock.advance_millis(60);
  EXPECT_TRUE(end.has_come());
  EXPECT_EQ(wakes, (std::vector<int64_t>{100, 60}));
}

TEST(LoopTest, OtherCyclesAreRefused) {
  Program program;
  auto source = program.source("numbers", make_sequence_source(1, 2));
  auto first = program.then(source, ShipStrategy::kForward, "First", make_pass_through(false));
  auto second = program.then(first, ShipStrategy::kForward, "Second", make_pass_through(false));
  program.connect(second, first, ShipStrategy::kRebalance);
  EXPECT_THROW(JobGraph(program.graph()), Error);
}

}  // namespace
}  // namespace pf::testing
