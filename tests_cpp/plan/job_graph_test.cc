#include "plan/job_graph.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"

namespace pf::testing {
namespace {

/// `Source: a -> b -> c`, forward throughout: everything chains until a test changes something.
class JobGraphTest : public ::testing::Test {
 protected:
  JobGraphTest() {
    a_ = program_.source("a", make_sequence_source(0, 9));
    b_ = program_.then(a_, ShipStrategy::kForward, "b", make_discard());
    c_ = program_.then(b_, ShipStrategy::kForward, "c", make_discard());
  }
  StreamGraph& graph() { return program_.graph(); }
  std::vector<std::string> names() {
    JobGraph job(graph());
    std::vector<std::string> all;
    for (const auto& vertex : job.vertices()) all.push_back(vertex.name);
    return all;
  }
  using Names = std::vector<std::string>;

  Program program_;
  uint32_t a_, b_, c_;
};

TEST_F(JobGraphTest, ForwardNeighboursOfEqualParallelismAreFused) {
  EXPECT_EQ(names(), (Names{"Source: a -> b -> c"}));
}

TEST_F(JobGraphTest, DisabledChainingFusesNothing) {
  graph().chaining_enabled = false;
  EXPECT_EQ(names(), (Names{"Source: a", "b", "c"}));
}

TEST_F(JobGraphTest, AHeadStartsAChainThatGoesOn) {
  graph().node(b_).chaining = Chaining::kHead;
  EXPECT_EQ(names(), (Names{"Source: a", "b -> c"}));
}

TEST_F(JobGraphTest, NeverCutsOnBothSides) {
  graph().node(b_).chaining = Chaining::kNever;
  EXPECT_EQ(names(), (Names{"Source: a", "b", "c"}));
}

TEST_F(JobGraphTest, ANeverSourceStandsAlone) {
  graph().node(a_).chaining = Chaining::kNever;
  EXPECT_EQ(names(), (Names{"Source: a", "b -> c"}));
}

TEST_F(JobGraphTest, AnotherSlotSharingGroupCuts) {
  graph().node(c_).slot_sharing_group = "other";
  EXPECT_EQ(names(), (Names{"Source: a -> b", "c"}));
}

TEST_F(JobGraphTest, AnotherParallelismCuts) {
  program_.then(c_, ShipStrategy::kRebalance, "d", make_discard(), 2);
  graph().node(b_).parallelism = 2;
  EXPECT_EQ(names(), (Names{"Source: a", "b", "c", "d"}));
}

TEST_F(JobGraphTest, OnlyForwardFuses) {
  program_.then(c_, ShipStrategy::kRescale, "d", make_discard());
  EXPECT_EQ(names(), (Names{"Source: a -> b -> c", "d"}));
}

TEST_F(JobGraphTest, AnOperatorWithTwoInputsHeadsItsOwnChain) {
  uint32_t other = program_.source("other", make_sequence_source(0, 9));
  uint32_t joined = program_.then(c_, ShipStrategy::kForward, "join", make_discard());
  program_.connect(other, joined, ShipStrategy::kForward, 1);
  program_.then(joined, ShipStrategy::kForward, "sink", make_discard());
  EXPECT_EQ(names(), (Names{"Source: a -> b -> c", "Source: other", "join -> sink"}));
}

TEST_F(JobGraphTest, BranchesAreNamedInParentheses) {
  program_.then(b_, ShipStrategy::kForward, "d", make_discard());
  program_.then(c_, ShipStrategy::kForward, "e", make_discard());
  program_.then(b_, ShipStrategy::kHash, "f", make_discard());
  EXPECT_EQ(names(), (Names{"Source: a -> b -> (c -> e, d)", "f"}));
}

TEST_F(JobGraphTest, EveryNodeIsInOneVertex) {
  graph().node(b_).chaining = Chaining::kHead;
  JobGraph job(graph());
  EXPECT_EQ(job.vertex_of(a_), 0U);
  EXPECT_EQ(job.vertex_of(b_), 1U);
  EXPECT_EQ(job.vertex_of(c_), 1U);
  EXPECT_FALSE(job.is_chained(graph().edges()[0]));
  EXPECT_TRUE(job.is_chained(graph().edges()[1]));
}

TEST_F(JobGraphTest, MaxParallelismIsTheDeclaredOneOrFollowsFromTheParallelism) {
  graph().node(a_).max_parallelism = 7;
  graph().node(b_).chaining = Chaining::kHead;
  JobGraph job(graph());
  EXPECT_EQ(job.vertices()[0].max_parallelism, 7U);
  EXPECT_EQ(job.vertices()[1].max_parallelism, 128U);
}

TEST_F(JobGraphTest, JsonListsVerticesAndTheEdgesBetweenThem) {
  graph().name = "example";
  program_.then(c_, ShipStrategy::kBroadcast, "d", make_discard(), 100);
  auto expected = nlohmann::json::parse(R"({"name": "example",
    "vertices": [
      {"id": 0, "name": "Source: a -> b -> c", "parallelism": 1, "maxParallelism": 128,
       "operators": ["Source: a", "b", "c"]},
      {"id": 1, "name": "d", "parallelism": 100, "maxParallelism": 256, "operators": ["d"]}],
    "edges": [{"source": 0, "target": 1, "ship_strategy": "BROADCAST"}]})");
  EXPECT_EQ(nlohmann::json::parse(JobGraph(graph()).to_json()), expected);
}

TEST_F(JobGraphTest, ACycleIsRefused) {
  program_.connect(c_, b_, ShipStrategy::kRebalance);
  EXPECT_THROW(JobGraph{graph()}, Error);
}

TEST(EmptyJobGraphTest, IsRefusedInTheUsersWords) {
  StreamGraph empty;
  try {
    JobGraph job(empty);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("declare a source"), std::string::npos);
  }
}

}  // namespace
}  // namespace pf::testing
