#include "plan/ended_subtasks.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "dataflow/source/sequence_source.h"
#include "harness/program.h"
#include "harness/test_operators.h"
#include "plan/operator_ids.h"

namespace pf::testing {
namespace {

/// A program whose operators go by their names.
class Named {
 public:
  uint32_t source(const std::string& name, uint32_t parallelism) {
    return named(name, program_.source(name, make_sequence_source(1, 5), parallelism));
  }
  uint32_t then(uint32_t from, ShipStrategy strategy, const std::string& name, uint32_t parallelism) {
    return named(name, program_.then(from, strategy, name, operator_of<OnBatch>(pass_on), parallelism));
  }
  void connect(uint32_t from, uint32_t to) { program_.connect(from, to, ShipStrategy::kRebalance); }

  /// Of each operator, "x" for a subtask that goes on as ended and "-" for one that runs.
  std::string ended(const Checkpoint& checkpoint) {
    const JobGraph job(program_.graph());
    const EndedSubtasks ended(job, &checkpoint);
    std::string text;
    for (const StreamNode& node : program_.graph().nodes()) {
      if (!text.empty()) text += ' ';
      for (uint32_t i = 0; i < node.parallelism; ++i) text += ended.contains(node.id, i) ? 'x' : '-';
    }
    return text;
  }
  /// What the program is refused with; empty if it isn't.
  std::string refusal(const Checkpoint& checkpoint) {
    try {
      refuse_input_of_ended(program_.graph(), operator_ids(program_.graph()), checkpoint);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

 private:
  uint32_t named(const std::string& name, uint32_t id) {
    program_.graph().node(id).uid = name;
    return id;
  }
  Program program_;
};

/// Operators by name, with "x" for each subtask that had ended, and "-" for each other.
Checkpoint checkpoint(const std::vector<std::pair<std::string, std::string>>& operators) {
  Checkpoint checkpoint;
  for (const auto& [name, subtasks] : operators) {
    Checkpoint::Operator op{name, name, 128, {}, {}};
    for (char subtask : subtasks) op.subtasks.push_back({nullptr, subtask == 'x'});
    checkpoint.operators.push_back(std::move(op));
  }
  return checkpoint;
}

Named numbers_to_map(uint32_t sources, ShipStrategy strategy, uint32_t maps) {
  Named program;
  program.then(program.source("numbers", sources), strategy, "map", maps);
  return program;
}

TEST(EndedSubtasksTest, NoneHasEndedAtAFreshStart) {
  Program program;
  program.source("numbers", make_sequence_source(1, 5), 2);
  const JobGraph job(program.graph());
  EXPECT_FALSE(EndedSubtasks(job, nullptr).contains(1, 1));
}

TEST(EndedSubtasksTest, AreThoseThatHadEndedWithAllBeforeThem) {
  Named program = numbers_to_map(2, ShipStrategy::kRescale, 4);
  EXPECT_EQ(program.ended(checkpoint({{"numbers", "x-"}, {"map", "xx--"}})), "x- xx--");
  EXPECT_EQ(program.ended(checkpoint({{"numbers", "x-"}, {"map", "x---"}})), "x- x---");
  EXPECT_EQ(program.ended(checkpoint({{"numbers", "xx"}, {"map", "x-xx"}})), "xx x-xx");
}

TEST(EndedSubtasksTest, WhatReadsFromAnotherNumberOfSourcesRuns) {
  const Checkpoint before = checkpoint({{"numbers", "x-"}, {"map", "xx--"}});
  EXPECT_EQ(numbers_to_map(3, ShipStrategy::kRescale, 4).ended(before), "--- ----");
  EXPECT_EQ(numbers_to_map(1, ShipStrategy::kRescale, 4).ended(before), "- ----");
  EXPECT_EQ(numbers_to_map(2, ShipStrategy::kRescale, 3).ended(before), "x- ---");
}

TEST(EndedSubtasksTest, WhatReadsFromOthersThanBeforeRuns) {
  const Checkpoint before = checkpoint({{"numbers", "x-"}, {"map", "xx--"}});
  EXPECT_EQ(numbers_to_map(2, ShipStrategy::kRebalance, 4).ended(before), "x- ----");
}

TEST(EndedSubtasksTest, AnOperatorThatHadEndedDoesSoAtAnyParallelism) {
  const Checkpoint before = checkpoint({{"numbers", "xx"}, {"map", "x-"}});
  EXPECT_EQ(numbers_to_map(3, ShipStrategy::kRebalance, 2).ended(before), "xxx x-");
  EXPECT_EQ(numbers_to_map(1, ShipStrategy::kRebalance, 3).ended(before), "x ---");
}

TEST(EndedSubtasksTest, AChainMayBeginWithOperatorsThatHadEnded) {
  Named program;
  auto source = program.source("numbers", 2);
  auto old = program.then(source, ShipStrategy::kForward, "old", 2);
  program.then(old, ShipStrategy::kForward, "new", 2);
  EXPECT_EQ(program.ended(checkpoint({{"numbers", "xx"}, {"old", "xx"}})), "xx xx --");
}

TEST(EndedSubtasksTest, WhatComesFromTheSameProgramIsNotRefused) {
  Named program = numbers_to_map(2, ShipStrategy::kRescale, 4);
  EXPECT_EQ(program.refusal(checkpoint({{"numbers", "x-"}, {"map", "xx--"}})), "");
  EXPECT_EQ(program.refusal(checkpoint({{"numbers", "xx"}, {"map", "xxxx"}})), "");
  EXPECT_EQ(program.refusal(checkpoint({{"numbers", "xx"}})), "");
}

TEST(EndedSubtasksTest, ASourceBeforeAnOperatorThatHadEndedIsRefused) {
  Named program;
  auto source = program.source("numbers", 2);
  auto more = program.source("more numbers", 1);
  auto map = program.then(source, ShipStrategy::kRebalance, "map", 2);
  program.connect(more, map);
  const Checkpoint drained = checkpoint({{"numbers", "xx"}, {"map", "xx"}});
  const std::string refusal = program.refusal(drained);
  EXPECT_NE(refusal.find("'map' (id 'map') had read all of its input"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("'Source: more numbers', of which the checkpoint knows nothing"), std::string::npos)
      << refusal;
  // Which runs nevertheless, where nobody asks.
  EXPECT_EQ(program.ended(drained), "xx - --");
}

TEST(EndedSubtasksTest, AnOperatorThatHadEndedBehindOneThatHadNotIsRefused) {
  Named program;
  auto running = program.source("running", 1);
  program.then(running, ShipStrategy::kRebalance, "map", 1);
  const std::string refusal = program.refusal(checkpoint({{"numbers", "x"}, {"running", "-"}, {"map", "x"}}));
  EXPECT_NE(refusal.find("'Source: running', which had not come to its end"), std::string::npos) << refusal;
}

}  // namespace
}  // namespace pf::testing
