#include "plan/ended_subtasks.h"

#include <algorithm>

#include "base/error.h"
#include "base/fault_point.h"
#include "plan/wiring.h"

namespace pf {
namespace {

bool all_had_ended(const Checkpoint::Operator& op) {
  return std::all_of(op.subtasks.begin(), op.subtasks.end(),
                     [](const Checkpoint::Subtask& subtask) { return subtask.ended; });
}

/// By itself, whatever it reads from.
std::vector<bool> had_ended(const Checkpoint::Operator* op, uint32_t parallelism) {
  if (!op || PFPP_MUTANT("ended_runs_again")) return std::vector<bool>(parallelism);
  if (all_had_ended(*op)) return std::vector<bool>(parallelism, true);
  std::vector<bool> ended(parallelism);
  if (op->subtasks.size() != parallelism) return ended;
  for (uint32_t subtask = 0; subtask < parallelism; ++subtask) ended[subtask] = op->subtasks[subtask].ended;
  return ended;
}

}  // namespace

EndedSubtasks::EndedSubtasks(const JobGraph& job, const Checkpoint* checkpoint) {
  const StreamGraph& graph = job.stream_graph();
  of_node_.resize(graph.nodes().size() + 1);
  // Each comes behind those that it reads from.
  for (const StreamNode& node : graph.nodes()) {
    std::vector<bool>& ended = of_node_[node.id];
    ended = had_ended(checkpoint ? checkpoint->find(job.operator_id(node.id)) : nullptr, node.parallelism);
    for (const StreamEdge* edge : graph.edges_into(node.id)) {
      if (edge->feedback || PFPP_MUTANT("ended_by_itself")) continue;
      const std::vector<bool>& before = of_node_[edge->source];
      for (uint32_t sender = 0; sender < before.size(); ++sender) {
        for (uint32_t receiver = 0; receiver < ended.size() && !before[sender]; ++receiver) {
          if (!are_wired(edge->strategy, sender, before.size(), receiver, ended.size())) continue;
          ended[receiver] = false;
        }
      }
    }
  }
}

void refuse_input_of_ended(const StreamGraph& graph, const std::vector<std::string>& ids,
                           const Checkpoint& checkpoint) {
  for (const StreamEdge& edge : graph.edges()) {
    const Checkpoint::Operator* reader = checkpoint.find(ids.at(edge.target - 1));
    if (!reader || !all_had_ended(*reader)) continue;
    const Checkpoint::Operator* writer = checkpoint.find(ids.at(edge.source - 1));
    if (writer && all_had_ended(*writer)) continue;
    const StreamNode& node = graph.node(edge.target);
    throw Error("'" + node.name + "' (id '" + reader->id +
                "') had read all of its input when the checkpoint was "
                "taken, and now it reads from '" +
                graph.node(edge.source).name + "', " +
                (writer ? "which had not come to its end" : "of which the checkpoint knows nothing") +
                ": leave that out, or give '" + node.name +
                "' and all that reads from it other uids, to start them without their state\n  declared at " +
                node.declared_at);
  }
}

}  // namespace pf
