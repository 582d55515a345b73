#include <gtest/gtest.h>

#include "harness/program.h"
#include "harness/test_operators.h"

namespace pf::testing {
namespace {

constexpr int64_t kCredits = 64;
/// Between a source and a sink: what is in the channel, in the source's outbox, and in the sink's hands.
constexpr int64_t kMostInFlight = kCredits + 2;

/// Counts rows in, has no end.
struct CountingSource final : Source {
  explicit CountingSource(std::atomic<int64_t>* its_emitted) : emitted(its_emitted) {}
  Poll poll(Outbox& out) override {
    out.emit(longs({++*emitted}));
    return Poll::kMore;
  }
  std::atomic<int64_t>* emitted;
};

TEST(BackpressureTest, ASinkThatWaitsHoldsTheSourceUpInEveryOrder) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::atomic<int64_t> emitted{0};
    int64_t consumed = 0, allowed = 0;
    std::function<void()> wake;
    Program program;
    auto source = program.source("fast", source_of<CountingSource>(&emitted));
    program.then(source, ShipStrategy::kRebalance, "Sink: slow",
                 operator_of<OnBatch>([&](OperatorContext& context, int, Batch&, Outbox&) {
                   wake = context.wake;
                   if (allowed == 0) return Step::kWait;
                   --allowed;
                   ++consumed;
                   return Step::kDone;
                 }));
    SeededJob seeded(program, seed);
    seeded.job.start();
    for (int round = 0; round < 20; ++round) {
      seeded.executor->drain();
      ASSERT_LE(emitted - consumed, kMostInFlight) << seed;
      ASSERT_GE(emitted - consumed, kCredits / 2) << seed;  // a held writer goes on for half a ring
      ASSERT_EQ(consumed, 3 * round) << seed;
      allowed = 3;
      wake();
    }
    seeded.job.cancel();
    seeded.executor->drain();
  }
}

TEST(BackpressureTest, ASlowSinkOnThreadsBoundsWhatIsInFlight) {
  std::atomic<int64_t> emitted{0}, most{0};
  int64_t consumed = 0;
  bool pause = true;
  Program program;
  auto source = program.source("fast", source_of<CountingSource>(&emitted));
  program.then(source, ShipStrategy::kRebalance, "Sink: slow",
               operator_of<OnBatch>([&](OperatorContext& context, int, Batch&, Outbox&) -> Step {
                 most = std::max<int64_t>(most, emitted - consumed);
                 if (consumed == 300) throw std::runtime_error("enough");
                 if (std::exchange(pause, !pause)) {
                   context.wake_after(100'000);
                   return Step::kWait;
                 }
                 ++consumed;
                 return Step::kDone;
               }));
  ThreadedJob threaded(program);
  ASSERT_NO_FATAL_FAILURE(threaded.run());
  EXPECT_EQ(failure_of(threaded.job), "enough");
  EXPECT_LE(most, kMostInFlight);
  EXPECT_GE(most, kCredits);
}

TEST(BackpressureTest, TheTimeHeldUpIsCounted) {
  std::atomic<int64_t> emitted{0};
  Program program;
  auto source = program.source("fast", source_of<CountingSource>(&emitted));
  program.then(source, ShipStrategy::kRebalance, "Sink: stuck",
               operator_of<OnBatch>([](OperatorContext&, int, Batch&, Outbox&) { return Step::kWait; }));
  SeededJob seeded(program, 1);
  seeded.job.start();
  seeded.executor->drain();
  seeded.clock.advance_millis(5);
  seeded.job.cancel();
  seeded.executor->drain();
  const auto& tasks = seeded.job.execution_graph()->tasks();
  EXPECT_EQ(tasks[0]->metrics().backpressured_nanos.value(), 5'000'000);
  EXPECT_EQ(tasks[1]->metrics().idle_nanos.value(), 5'000'000);
}

}  // namespace
}  // namespace pf::testing
