#include "plan/stream_graph.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"

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
  StreamNode node;
  node.id = 7;
  EXPECT_EQ(operator_id_of(node), std::to_string(node.id));
  node.uid = std::string(2, 'u');
  EXPECT_EQ(operator_id_of(node), node.uid);
  node.uid_hash = std::string(32, 'a');
  EXPECT_EQ(operator_id_of(node), node.uid_hash);
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
