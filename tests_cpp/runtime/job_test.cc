#include "runtime/job.h"

#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "dataflow/exchange/value_as_key.h"
#include "dataflow/operator/keyed_count.h"
#include "dataflow/operator/split.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"

namespace pf::testing {
namespace {

std::vector<int64_t> range(int64_t first, int64_t last) {
  std::vector<int64_t> values(static_cast<size_t>(last - first + 1));
  std::iota(values.begin(), values.end(), first);
  return values;
}

std::vector<int64_t> each_twice(const std::vector<int64_t>& values) {
  std::vector<int64_t> twice;
  for (int64_t value : values) twice.insert(twice.end(), 2, value);
  return twice;
}

int64_t same(int64_t value) { return value; }

TEST(JobTest, SequenceThroughRebalanceReachesTheSinkWholeInEveryOrder) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 3;
    auto source = program.source("numbers", make_sequence_source(1, 100), 2);
    auto mapped =
        program.then(source, ShipStrategy::kRebalance, "Map", map_longs([](int64_t x) { return x * 2; }), 3);
    program.then(mapped, ShipStrategy::kForward, "Sink: collect", collect_into(*collected), 3);
  };
  run_everywhere(declare, [&](Job& job) {
    EXPECT_EQ(job.status(), JobStatus::kFinished);
    EXPECT_EQ(job.failure(), nullptr);
    std::vector<int64_t> expected = range(1, 100);
    for (auto& value : expected) value *= 2;
    EXPECT_EQ(collected->sorted(), expected);
    for (uint32_t subtask : {0, 1, 2}) EXPECT_NEAR(collected->of_subtask(subtask).size(), 33, 2);
  });
}

TEST(JobTest, OneChainOfAllOperators) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 1;
    auto node = program.source("numbers", make_sequence_source(1, 20));
    for (int i = 0; i < 3; ++i) node = program.then(node, ShipStrategy::kForward, "Map", map_longs(same));
    program.then(node, ShipStrategy::kForward, "Sink: collect", collect_into(*collected));
  };
  run_everywhere(declare, [&](Job& job) {
    EXPECT_EQ(job.execution_graph()->tasks().size(), 1U);
    EXPECT_EQ(collected->of_subtask(0), range(1, 20));
  });
}

TEST(JobTest, UnionTakesAllOfBothStreams) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 4;
    auto first = program.source("first", make_sequence_source(1, 50), 2);
    auto second = program.source("second", make_sequence_source(51, 100));
    auto sink = program.then(first, ShipStrategy::kRebalance, "Sink: collect", collect_into(*collected), 2);
    program.connect(second, sink, ShipStrategy::kRebalance);
  };
  run_everywhere(declare, [&](Job&) { EXPECT_EQ(collected->sorted(), range(1, 100)); });
}

TEST(JobTest, DiamondBringsEachRecordToBothInputs) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 2;
    auto source = program.source("numbers", make_sequence_source(1, 60));
    auto left = program.then(source, ShipStrategy::kRebalance, "left", map_longs(same), 2);
    auto right =
        program.then(source, ShipStrategy::kForward, "right", map_longs([](int64_t x) { return -x; }));
    auto joined = program.then(left, ShipStrategy::kRebalance, "join", collect_into(*collected));
    program.connect(right, joined, ShipStrategy::kForward, 1);
  };
  run_everywhere(declare, [&](Job&) {
    auto left = collected->of_subtask(0, 0);
    std::sort(left.begin(), left.end());
    EXPECT_EQ(left, range(1, 60));
    auto right = collected->of_subtask(0, 1);
    EXPECT_TRUE(std::is_sorted(right.rbegin(), right.rend()));
    std::reverse(right.begin(), right.end());
    EXPECT_EQ(right, range(-60, -1));
  });
}

TEST(JobTest, BroadcastBringsEveryRecordToEverySubtask) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 5;
    auto source = program.source("numbers", make_sequence_source(1, 40), 2);
    program.then(source, ShipStrategy::kBroadcast, "Sink: collect", collect_into(*collected), 2);
  };
  run_everywhere(declare, [&](Job&) {
    EXPECT_EQ(collected->sorted(), each_twice(range(1, 40)));
    EXPECT_EQ(collected->of_subtask(0).size(), 40U);
  });
}

TEST(JobTest, WordCountCountsEachWordInOneSubtask) {
  struct Lines final : Source {
    Poll poll(Outbox& out) override {
      if (left-- == 0) return Poll::kEnd;
      out.emit(strings({"to be or not to be", "that is the question"}));
      return Poll::kMore;
    }
    int left = 10;
  };
  std::mutex mutex;
  std::map<std::string, std::vector<int64_t>> counts;
  auto declare = [&](Program& program) {
    counts.clear();
    auto source = program.source("lines", source_of<Lines>());
    auto words = program.then(source, ShipStrategy::kRebalance, "Split", make_split(""), 2);
    auto count = program.op("Count", make_keyed_count(), 3);
    StreamEdge edge;
    edge.source = words;
    edge.target = count;
    edge.strategy = ShipStrategy::kHash;
    edge.keys = make_value_as_key();
    program.graph().add_edge(edge);
    program.then(count, ShipStrategy::kForward, "Sink",
                 operator_of<OnBatch>([&](OperatorContext&, int, Batch& b, Outbox&) {
                   std::lock_guard lock(mutex);
                   for (auto& [word, n] : counts_of(b)) counts[word].push_back(n);
                   return Step::kDone;
                 }),
                 3);
  };
  run_everywhere(declare, [&](Job&) {
    EXPECT_EQ(counts["be"], range(1, 20));
    EXPECT_EQ(counts["question"], range(1, 10));
    EXPECT_EQ(counts.size(), 8U);
  });
}

TEST(JobTest, WatermarkOfTheEndComesOnceAndBeforeTheEnd) {
  struct Ends final : Operator {
    explicit Ends(std::vector<std::string>* its_log) : log(its_log) {}
    Step process_batch(int, Batch&, Outbox&) override { return Step::kDone; }
    Step process_watermark(Watermark watermark, Outbox&) override {
      log->push_back("watermark " + std::to_string(watermark.timestamp == kMaxTimestamp));
      return Step::kDone;
    }
    Step end_input(int input, Outbox&) override {
      log->push_back("end " + std::to_string(input));
      return Step::kDone;
    }
    std::vector<std::string>* log;
  };
  std::vector<std::string> log;
  auto declare = [&](Program& program) {
    log.clear();
    auto first = program.source("first", make_sequence_source(1, 5), 3);
    auto second = program.source("second", make_sequence_source(1, 5), 2);
    auto sink = program.then(first, ShipStrategy::kRebalance, "Sink", operator_of<Ends>(&log));
    program.connect(second, sink, ShipStrategy::kRebalance, 1);
  };
  run_everywhere(declare, [&](Job&) {
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(std::count(log.begin(), log.end(), "watermark 1"), 1);
    EXPECT_NE(log.back(), "watermark 1");
  });
}

TEST(JobTest, RescaleWiresNeighboursAsFlinkDoes) {
  auto wires = [](uint32_t senders, uint32_t receivers) {
    Program program;
    auto source = program.source("s", make_sequence_source(1, 10), senders);
    program.then(source, ShipStrategy::kRescale, "r", make_discard(), receivers);
    SeededJob seeded(program, 0);
    std::set<std::string> found;
    auto number = [](const std::string& name) { return name.substr(name.find('(') + 1, 1); };
    auto described = nlohmann::json::parse(seeded.job.execution_graph()->to_json());
    for (const auto& wire : described["channels"]) found.insert(number(wire["from"]) + number(wire["to"]));
    return found;
  };
  EXPECT_EQ(wires(2, 4), (std::set<std::string>{"11", "12", "23", "24"}));
  EXPECT_EQ(wires(4, 2), (std::set<std::string>{"11", "21", "32", "42"}));
  EXPECT_EQ(wires(2, 3), (std::set<std::string>{"11", "12", "23"}));
  EXPECT_EQ(wires(3, 2), (std::set<std::string>{"11", "22", "32"}));
  EXPECT_EQ(wires(3, 3), (std::set<std::string>{"11", "22", "33"}));
}

TEST(JobTest, RescaleFeedsEachReceiverFromItsOwnSenderOnly) {
  std::unique_ptr<Collected> collected;
  auto declare = [&](Program& program) {
    collected = std::make_unique<Collected>();
    program.graph().batch_size = 3;
    auto source = program.source("numbers", make_sequence_source(1, 40), 2);
    program.then(source, ShipStrategy::kRescale, "Sink: collect", collect_into(*collected), 4);
  };
  run_everywhere(declare, [&](Job&) {
    EXPECT_EQ(collected->sorted(), range(1, 40));
    for (uint32_t subtask = 0; subtask < 4; ++subtask) {
      auto values = collected->of_subtask(subtask);
      EXPECT_EQ(values.size(), 10U);
      for (int64_t value : values) EXPECT_EQ(value > 20, subtask >= 2);
    }
  });
}

TEST(JobTest, MetricsCountRecordsAndBatches) {
  auto declare = [&](Program& program) {
    program.graph().batch_size = 10;
    auto source = program.source("numbers", make_sequence_source(1, 100), 2);
    auto mapped = program.then(source, ShipStrategy::kForward, "Map", map_longs(same), 2);
    program.then(mapped, ShipStrategy::kRebalance, "Sink", make_discard(), 2);
  };
  run_everywhere(declare, [&](Job& job) {
    int64_t in[4] = {}, out[4] = {}, batches_out[4] = {}, bytes_in = 0, bytes_out = 0;
    for (const auto& report : job.execution_graph()->operators()) {
      in[report.node] += report.metrics->records_in.value();
      out[report.node] += report.metrics->records_out.value();
      batches_out[report.node] += report.metrics->batches_out.value();
    }
    for (const auto& task : job.execution_graph()->tasks()) {
      bytes_in += task->metrics().bytes_in.value();
      bytes_out += task->metrics().bytes_out.value();
    }
    EXPECT_EQ(out[1], 100);
    EXPECT_EQ(batches_out[1], 10);
    EXPECT_EQ(in[2], 100);
    EXPECT_EQ(out[2], 100);
    EXPECT_EQ(in[3], 100);
    EXPECT_EQ(out[3], 0);
    EXPECT_EQ(bytes_out, 800);
    EXPECT_EQ(bytes_in, 800);
  });
}

/// Counts its life; throws at its hundredth row if it is the first subtask.
class FailsLater final : public Operator {
 public:
  explicit FailsLater(LifeCycle* life) : life_(life) {}
  void open(OperatorContext& context) override {
    Operator::open(context);
    ++life_->opened;
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    rows_ += batch.size();
    if (context_->subtask == 0 && rows_ >= 100) throw std::runtime_error("row 100 is bad");
    return Step::kDone;
  }
  void close() override { ++life_->closed; }

 private:
  LifeCycle* life_;
  size_t rows_ = 0;
};

TEST(JobTest, OneFailureEndsEndlessSourcesAndIsReported) {
  std::unique_ptr<LifeCycle> life;
  auto declare = [&](Program& program) {
    life = std::make_unique<LifeCycle>();
    auto source = program.source("endless", source_of<EndlessSource>(life.get()), 2);
    program.then(source, ShipStrategy::kRebalance, "Sink", operator_of<FailsLater>(life.get()), 2);
  };
  run_everywhere(declare, [&](Job& job) {
    EXPECT_EQ(job.status(), JobStatus::kFailed);
    EXPECT_EQ(failure_of(job), "row 100 is bad");
    EXPECT_EQ(life->opened, life->closed);
    EXPECT_GE(life->opened, 2);
  });
}

TEST(JobTest, TheFirstOfManyFailuresIsReported) {
  std::mutex mutex;
  std::vector<std::string> thrown;
  auto declare = [&](Program& program) {
    thrown.clear();
    auto source = program.source("numbers", make_sequence_source(1, 8), 2);
    program.then(source, ShipStrategy::kRebalance, "Sink",
                 operator_of<OnBatch>([&](OperatorContext& context, int, Batch&, Outbox&) -> Step {
                   std::lock_guard lock(mutex);
                   thrown.push_back("subtask " + std::to_string(context.subtask));
                   throw std::runtime_error(thrown.back());
                 }),
                 4);
  };
  bool on_threads = true;
  run_everywhere(declare, [&](Job& job) {
    EXPECT_EQ(job.status(), JobStatus::kFailed);
    ASSERT_FALSE(thrown.empty());
    EXPECT_NE(std::find(thrown.begin(), thrown.end(), failure_of(job)), thrown.end());
    if (!std::exchange(on_threads, false)) {
      EXPECT_EQ(failure_of(job), thrown.front());
    }
  });
}

TEST(JobTest, AFailedOpenClosesWhatWasOpened) {
  struct CannotOpen final : Operator {
    void open(OperatorContext&) override { throw std::runtime_error("no such database"); }
    Step process_batch(int, Batch&, Outbox&) override { return Step::kDone; }
  };
  std::unique_ptr<LifeCycle> life;
  auto declare = [&](Program& program) {
    life = std::make_unique<LifeCycle>();
    auto source = program.source("endless", source_of<EndlessSource>(life.get()));
    program.then(source, ShipStrategy::kForward, "Sink: chained", operator_of<FailsLater>(life.get()));
    program.then(source, ShipStrategy::kRebalance, "Sink: broken", operator_of<CannotOpen>());
  };
  run_everywhere(declare, [&](Job& job) {
    EXPECT_EQ(job.status(), JobStatus::kFailed);
    EXPECT_EQ(life->opened, life->closed);
  });
}

TEST(JobTest, CancelEndsAnEndlessSource) {
  LifeCycle life;
  Program program;
  auto source = program.source("endless", source_of<EndlessSource>(&life), 2);
  program.then(source, ShipStrategy::kRebalance, "Sink", make_discard(), 2);
  ThreadedJob threaded(program);
  EXPECT_EQ(threaded.job.status(), JobStatus::kCreated);
  threaded.job.start();
  EXPECT_TRUE(eventually([&] { return life.opened == 2; }));
  EXPECT_FALSE(threaded.job.wait(5));
  EXPECT_EQ(threaded.job.status(), JobStatus::kRunning);
  threaded.job.cancel();
  ASSERT_TRUE(threaded.job.wait(10'000));
  EXPECT_EQ(threaded.job.status(), JobStatus::kCanceled);
  EXPECT_EQ(threaded.job.failure(), nullptr);
  EXPECT_EQ(life.opened, 2);
  EXPECT_EQ(life.closed, 2);
}

TEST(JobTest, OneWorkerIsSharedByTasksThatNeverRest) {
  LifeCycle life;
  Program program;
  auto source = program.source("endless", source_of<EndlessSource>(&life), 4);
  program.then(source, ShipStrategy::kForward, "Sink", make_discard(), 4);
  ThreadedJob threaded(program, 1);
  threaded.job.start();
  EXPECT_TRUE(eventually([&] { return life.opened == 4; }));
  threaded.job.cancel();
  EXPECT_TRUE(threaded.job.wait(10'000));
}

TEST(JobTest, CancelReachesTasksThatWaitInAnyOrder) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    LifeCycle life;
    Program program;
    auto source = program.source("endless", source_of<EndlessSource>(&life), 2);
    program.then(source, ShipStrategy::kRebalance, "Sink",
                 operator_of<OnBatch>([](OperatorContext&, int, Batch&, Outbox&) { return Step::kWait; }));
    SeededJob seeded(program, seed);
    seeded.job.start();
    for (uint64_t runs = 0; runs < seed; ++runs) seeded.executor->run_one();
    seeded.job.cancel();
    seeded.executor->drain();
    ASSERT_TRUE(seeded.job.wait(0)) << seed;
    EXPECT_EQ(seeded.job.status(), JobStatus::kCanceled);
    EXPECT_EQ(life.opened, life.closed);
  }
}

TEST(JobTest, CancelBeforeStartMeansItNeverRuns) {
  LifeCycle life;
  Program program;
  program.source("endless", source_of<EndlessSource>(&life));
  SeededJob seeded(program, 0);
  seeded.job.cancel();
  seeded.job.start();
  seeded.executor->drain();
  EXPECT_TRUE(seeded.job.wait(0));
  EXPECT_EQ(seeded.job.status(), JobStatus::kCanceled);
  EXPECT_EQ(life.opened, 0);
}

TEST(JobTest, AJobMayBeDestroyedWhileItRuns) {
  for (int round = 0; round < 20; ++round) {
    LifeCycle life;
    {
      Program program;
      auto source = program.source("endless", source_of<EndlessSource>(&life), 2);
      program.then(source, ShipStrategy::kRebalance, "Sink", make_discard(), 2);
      ThreadedJob threaded(program);
      threaded.job.start();
      std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    }
    EXPECT_EQ(life.opened, life.closed);
  }
}

TEST(JobTest, AJobThatWasNeverStartedMayBeDestroyed) {
  Program program;
  program.source("numbers", make_sequence_source(1, 10));
  ThreadedJob threaded(program);
}

TEST(JobTest, JobsShareOneExecutorOneAfterAnother) {
  auto executor = std::make_shared<TbbExecutor>(2);
  SystemClock clock;
  for (int round = 0; round < 20; ++round) {
    Collected collected;
    Program program;
    auto source = program.source("numbers", make_sequence_source(1, 50), 2);
    program.then(source, ShipStrategy::kRebalance, "Sink", collect_into(collected), 2);
    Job job(program.shared(), executor, executor, executor, clock, 1);
    job.start();
    ASSERT_TRUE(job.wait(10'000));
    EXPECT_EQ(collected.sorted(), range(1, 50));
  }
}

TEST(JobTest, WakeAfterWakesAWaitingSource) {
  /// One row, then a nap, three times.
  struct Sleepy final : Source {
    Poll poll(Outbox& out) override {
      if (context_->clock->monotonic_nanos() < due) return Poll::kWait;
      if (left-- == 0) return Poll::kEnd;
      out.emit(longs({left}));
      due = context_->clock->monotonic_nanos() + 2'000'000;
      context_->wake_after(2'000'000);
      return Poll::kMore;
    }
    int64_t left = 3;
    int64_t due = 0;
  };
  Collected collected;
  Program program;
  auto source = program.source("sleepy", source_of<Sleepy>());
  program.then(source, ShipStrategy::kRebalance, "Sink", collect_into(collected));
  ThreadedJob threaded(program);
  ASSERT_NO_FATAL_FAILURE(threaded.run());
  EXPECT_EQ(collected.sorted(), range(0, 2));
}

TEST(JobTest, WakeFromAnotherThreadEndsAWait) {
  std::mutex mutex;
  std::function<void()> wake;
  std::atomic<bool> open{false};
  Collected collected;
  Program program;
  auto source = program.source("numbers", make_sequence_source(1, 10));
  auto gate =
      program.then(source, ShipStrategy::kRebalance, "Gate",
                   operator_of<OnBatch>([&](OperatorContext& context, int, Batch& batch, Outbox& out) {
                     if (open) {
                       out.emit(std::move(batch));
                       return Step::kDone;
                     }
                     std::lock_guard lock(mutex);
                     wake = context.wake;
                     return Step::kWait;
                   }));
  program.then(gate, ShipStrategy::kForward, "Sink", collect_into(collected));
  ThreadedJob threaded(program);
  threaded.job.start();
  ASSERT_TRUE(eventually([&] {
    std::lock_guard lock(mutex);
    return wake != nullptr;
  }));
  EXPECT_FALSE(threaded.job.wait(5));
  open = true;
  {
    std::lock_guard lock(mutex);
    wake();
  }
  ASSERT_TRUE(threaded.job.wait(10'000));
  EXPECT_EQ(collected.sorted(), range(1, 10));
}

}  // namespace
}  // namespace pf::testing
