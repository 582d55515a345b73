#include <gtest/gtest.h>

#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "plan/job_graph.h"

namespace pf::testing {
namespace {

using Regions = std::vector<std::vector<uint32_t>>;

/// Two sources that meet, and one that goes its own way.
void declare(Program& program) {
  auto left = program.source("left", make_sequence_source(1, 5));
  auto alone = program.source("alone", make_sequence_source(1, 5));
  auto right = program.source("right", make_sequence_source(1, 5));
  auto both = program.then(left, ShipStrategy::kRebalance, "Both", operator_of<OnBatch>(pass_on));
  program.connect(right, both, ShipStrategy::kRebalance, 1);
  program.then(alone, ShipStrategy::kRebalance, "Alone", operator_of<OnBatch>(pass_on));
}

TEST(RegionsTest, AreWhatEdgesConnect) {
  Program program;
  declare(program);
  EXPECT_EQ(JobGraph(program.graph()).regions(), (Regions{{0, 2, 3}, {1, 4}}));
}

TEST(RegionsTest, AreTheWholeJobWhereAllIsToStartOver) {
  Program program;
  declare(program);
  program.graph().failover = FailoverStrategy::kFull;
  EXPECT_EQ(JobGraph(program.graph()).regions(), (Regions{{0, 1, 2, 3, 4}}));
}

}  // namespace
}  // namespace pf::testing
