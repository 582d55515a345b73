#include "plan/stream_graph.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "plan/operator_ids.h"

namespace pf::testing {
namespace {

TEST(StreamGraphTest, IdsCountFromOneInOrderOfDeclaration) {
  Program program;
  EXPECT_EQ(program.source("a", make_sequence_source(0, 9)), 1U);
  EXPECT_EQ(program.op("b", make_discard()), 2U);
  EXPECT_EQ(program.graph().node(2).name, "b");
  EXPECT_THROW(program.graph().node(3), std::logic_error);
}

TEST(StreamGraphTest, ForwardBetweenUnequalParallelismsIsRefusedWithBothNamed) {
  Program program;
  program.source("numbers", make_sequence_source(0, 9), 2);
  program.op("wide", make_discard(), 4);
  try {
    program.connect(1, 2, ShipStrategy::kForward);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    for (const char* word : {"'Source: numbers' runs 2 times", "'wide' 4 times", "rebalance()"}) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
  }
  EXPECT_NO_THROW(program.connect(1, 2, ShipStrategy::kRescale));
}

TEST(StreamGraphTest, AParallelismThatNoGraphCanHaveIsRefused) {
  Program program;
  EXPECT_THROW(program.op("none", make_discard(), 0), Error);
  EXPECT_THROW(program.op("many", make_discard(), 32769), Error);
  StreamNode node;
  node.max_parallelism = 32769;
  EXPECT_THROW(program.graph().add_node(node), Error);
  EXPECT_EQ(program.op("most", make_discard(), 32768), 1U);
}

TEST(StreamGraphTest, AUidHashIsTheOperatorsIdAndElseTheUidIs) {
  Program program;
  program.op("a", make_discard());
  StreamNode& node = program.graph().node(1);
  node.uid = std::string(2, 'u');
  EXPECT_EQ(operator_ids(program.graph()), std::vector{node.uid});
  node.uid_hash = std::string(32, 'a');
  EXPECT_EQ(operator_ids(program.graph()), std::vector{node.uid_hash});
}

/// Ids of a source and of a chain of operators behind it, shipped to in these ways.
std::vector<std::string> ids_of_chain(const std::vector<ShipStrategy>& ways, uint32_t parallelism = 1,
                                      const std::string& name = "op") {
  Program program;
  uint32_t last = program.source("numbers", make_sequence_source(1, 2), parallelism);
  for (ShipStrategy way : ways) last = program.then(last, way, name, make_discard(), parallelism);
  return operator_ids(program.graph());
}

TEST(StreamGraphTest, WithoutUidTheWayToAnOperatorIsItsId) {
  const auto kForward = ShipStrategy::kForward;
  const auto ids = ids_of_chain({kForward, ShipStrategy::kHash, kForward});
  EXPECT_EQ(ids, ids_of_chain({ShipStrategy::kRebalance, ShipStrategy::kHash, kForward}, 3, "renamed"));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 4U);
  for (const std::string& id : ids) EXPECT_EQ(id.size(), 32U);
  // One more in front, or none: no id of a keyed operator or of one behind it is that of any other.
  for (const auto& changed : {ids_of_chain({kForward, kForward, ShipStrategy::kHash, kForward}),
                              ids_of_chain({ShipStrategy::kHash})}) {
    for (size_t i = 2; i < ids.size(); ++i) EXPECT_EQ(std::count(changed.begin(), changed.end(), ids[i]), 0);
  }
}

TEST(StreamGraphTest, ASideOutputHasOneSlotForAllItsReaders) {
  Program program;
  program.op("a", make_discard());
  EXPECT_EQ(program.graph().side_output_slot(1, "late"), 1);
  EXPECT_EQ(program.graph().side_output_slot(1, "errors"), 2);
  EXPECT_EQ(program.graph().side_output_slot(1, "late"), 1);
  EXPECT_EQ(program.graph().node(1).side_outputs, (std::vector<std::string>{"late", "errors"}));
}

TEST(StreamGraphTest, JsonHasTheShapeOfFlinksExecutionPlan) {
  Program program;
  program.source("numbers", make_sequence_source(0, 9), 2);
  program.then(1, ShipStrategy::kRebalance, "Map", make_discard(), 3);
  auto expected = nlohmann::json::parse(R"({"nodes": [
    {"id": 1, "type": "Source: numbers", "pact": "Data Source", "contents": "Source: numbers", "parallelism": 2},
    {"id": 2, "type": "Map", "pact": "Operator", "contents": "Map", "parallelism": 3,
     "predecessors": [{"id": 1, "ship_strategy": "REBALANCE", "side": "second"}]}]})");
  EXPECT_EQ(nlohmann::json::parse(program.graph().to_json()), expected);
}

}  // namespace
}  // namespace pf::testing
