// Costs of the engine itself: `engine hop` gives the nanoseconds of a hop between two subtasks for
// 1-row batches, `engine threads` the speed-up of two workers over one on native operators.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/sequence_source.h"
#include "runtime/job.h"
#include "runtime/seeded_executor.h"
#include "runtime/tbb_executor.h"
#include "runtime/thread_executor.h"

namespace {

using namespace pf;

/// Some arithmetic on each number, as a stand-in for native work.
class Mix final : public Operator {
 public:
  Step process_batch(int, Batch& batch, Outbox& out) override {
    const auto& numbers = static_cast<const FixedColumn<int64_t>&>(*batch.values).values();
    std::vector<int64_t> values(numbers.begin(), numbers.end());
    for (auto& value : values) {
      auto x = static_cast<uint64_t>(value);
      for (int i = 0; i < 64; ++i) x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ULL;
      value = static_cast<int64_t>(x);
    }
    batch.values = std::make_shared<FixedColumn<int64_t>>(std::move(values));
    out.emit(std::move(batch));
    return Step::kDone;
  }
};

class MixFactory final : public OperatorFactory {
 public:
  std::unique_ptr<Operator> create() const override { return std::make_unique<Mix>(); }
};

double run(std::shared_ptr<StreamGraph> graph, int workers) {
  SystemClock clock;
  auto native = std::make_shared<TbbExecutor>(workers);
  auto lane = std::make_shared<SeededExecutor>(0);
  Job job(std::move(graph), native, lane, std::make_shared<ThreadExecutor>(), clock, 0);
  auto began = clock.monotonic_nanos();
  job.start();
  job.wait(-1);
  return static_cast<double>(clock.monotonic_nanos() - began) * 1e-9;
}

StreamNode operator_node(std::shared_ptr<const OperatorFactory> factory, uint32_t parallelism) {
  StreamNode node;
  node.op = std::move(factory);
  node.parallelism = parallelism;
  return node;
}

std::shared_ptr<StreamGraph> sequence(int64_t count, size_t batch_size, uint32_t parallelism) {
  auto graph = std::make_shared<StreamGraph>();
  graph->batch_size = batch_size;
  StreamNode source;
  source.pact = Pact::kSource;
  source.source = make_sequence_source(1, count);
  source.parallelism = parallelism;
  graph->add_node(source);
  return graph;
}

void connect(StreamGraph& graph, uint32_t source, uint32_t target, ShipStrategy strategy) {
  StreamEdge edge;
  edge.source = source;
  edge.target = target;
  edge.strategy = strategy;
  graph.add_edge(edge);
}

void hop() {
  constexpr int64_t kRows = 2'000'000;
  auto graph = sequence(kRows, 1, 1);
  graph->add_node(operator_node(make_discard(), 1));
  connect(*graph, 1, 2, ShipStrategy::kRebalance);
  std::printf("{\"nanos_per_hop\": %.1f}\n", run(graph, 2) * 1e9 / kRows);
}

void threads() {
  double seconds[3] = {};
  for (int workers : {1, 2}) {
    auto graph = sequence(20'000'000, 4096, 2);
    graph->add_node(operator_node(std::make_shared<MixFactory>(), 2));
    graph->add_node(operator_node(make_discard(), 2));
    connect(*graph, 1, 2, ShipStrategy::kForward);
    connect(*graph, 2, 3, ShipStrategy::kForward);
    seconds[workers] = run(graph, workers);
  }
  std::printf("{\"speedup\": %.2f}\n", seconds[1] / seconds[2]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "hop") == 0) {
    hop();
  } else if (argc == 2 && std::strcmp(argv[1], "threads") == 0) {
    threads();
  } else {
    std::fprintf(stderr, "usage: engine hop|threads\n");
    return 2;
  }
}
