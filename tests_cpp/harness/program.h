#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "plan/stream_graph.h"
#include "runtime/job.h"
#include "runtime/seeded_executor.h"
#include "runtime/tbb_executor.h"
#include "runtime/thread_executor.h"

namespace pf::testing {

/// A stream graph, declared in a line for each transformation.
class Program {
 public:
  uint32_t source(const std::string& name, std::shared_ptr<const SourceFactory> factory,
                  uint32_t parallelism = 1) {
    StreamNode node;
    node.name = "Source: " + name;
    node.pact = Pact::kSource;
    node.source = std::move(factory);
    node.parallelism = parallelism;
    return graph_->add_node(std::move(node)).id;
  }
  uint32_t op(const std::string& name, std::shared_ptr<const OperatorFactory> factory,
              uint32_t parallelism = 1) {
    StreamNode node;
    node.name = name;
    node.op = std::move(factory);
    node.parallelism = parallelism;
    return graph_->add_node(std::move(node)).id;
  }
  /// `op` with an edge from `from` to its first input.
  uint32_t then(uint32_t from, ShipStrategy strategy, const std::string& name,
                std::shared_ptr<const OperatorFactory> factory, uint32_t parallelism = 1) {
    uint32_t id = op(name, std::move(factory), parallelism);
    connect(from, id, strategy);
    return id;
  }
  void connect(uint32_t from, uint32_t to, ShipStrategy strategy, int input = 0, int slot = 0) {
    StreamEdge edge;
    edge.source = from;
    edge.target = to;
    edge.strategy = strategy;
    edge.input = input;
    edge.slot = slot;
    graph_->add_edge(std::move(edge));
  }
  StreamGraph& graph() { return *graph_; }
  const std::shared_ptr<StreamGraph>& shared() const { return graph_; }

 private:
  std::shared_ptr<StreamGraph> graph_ = std::make_shared<StreamGraph>();
};

inline std::string failure_of(const Job& job) {
  if (!job.failure()) return "";
  try {
    std::rethrow_exception(job.failure());
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

/// A job on TBB workers.
struct ThreadedJob {
  explicit ThreadedJob(const Program& program, int workers = 2)
      : executor(std::make_shared<TbbExecutor>(workers)),
        job(program.shared(), executor, executor, io, clock, 1) {}

  /// Starts it and waits for the end; ten seconds mean that a wake was lost.
  void run() {
    job.start();
    ASSERT_TRUE(job.wait(10'000)) << "the job hangs";
  }

  SystemClock clock;
  std::shared_ptr<TbbExecutor> executor;
  std::shared_ptr<ThreadExecutor> io = std::make_shared<ThreadExecutor>();
  Job job;
};

/// A job on the calling thread, in an order that the seed decides.
struct SeededJob {
  SeededJob(const Program& program, uint64_t seed)
      : executor(std::make_shared<SeededExecutor>(seed)),
        job(program.shared(), executor, executor, executor, clock, seed) {}

  void run() {
    job.start();
    executor->drain();
    ASSERT_TRUE(job.wait(0)) << "the job hangs";
  }

  ManualClock clock{1'000};
  std::shared_ptr<SeededExecutor> executor;
  Job job;
};

/// Runs what `declare` declares on threads and for 200 seeds; `check` sees each job after its end.
inline void run_everywhere(const std::function<void(Program&)>& declare,
                           const std::function<void(Job&)>& check) {
  {
    SCOPED_TRACE("on threads");
    Program program;
    declare(program);
    ThreadedJob threaded(program);
    ASSERT_NO_FATAL_FAILURE(threaded.run());
    check(threaded.job);
  }
  for (uint64_t seed = 0; seed < 200 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Program program;
    declare(program);
    SeededJob seeded(program, seed);
    ASSERT_NO_FATAL_FAILURE(seeded.run());
    check(seeded.job);
  }
}

/// Looks again every millisecond, for at most ten seconds.
inline bool eventually(const std::function<bool()>& holds) {
  for (int looked = 0; looked < 10'000; ++looked) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace pf::testing
