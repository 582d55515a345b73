#include "plan/restored_state.h"

#include <algorithm>

#include "base/error.h"
#include "plan/operator_ids.h"

namespace pf {
namespace {

bool has_state(const Checkpoint::Operator& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(), [](const Checkpoint::Subtask& subtask) {
    return subtask.state && (subtask.state->keyed || subtask.state->broadcast || subtask.state->lists);
  });
}

bool has_keys(const Checkpoint::Operator& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(), [](const Checkpoint::Subtask& subtask) {
    return subtask.state && subtask.state->keyed;
  });
}

void check_claimed(const Checkpoint& checkpoint, const std::vector<std::string>& ids) {
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    if (!has_state(op) || std::find(ids.begin(), ids.end(), op.id) != ids.end()) continue;
    throw Error("the checkpoint has state of '" + op.name + "' (id '" + op.id +
                "'), and no operator of the program has that id: give the operator that shall go on with it "
                "this uid (an id of 32 digits with set_uid_hash), or start without it, by "
                "execution.state-recovery.ignore-unclaimed-state or --allowNonRestoredState");
  }
}

}  // namespace

void go_on_from(StreamGraph& graph, std::shared_ptr<const Checkpoint> checkpoint, bool ignore_unclaimed) {
  const std::vector<std::string> ids = operator_ids(graph);
  if (!ignore_unclaimed) check_claimed(*checkpoint, ids);
  for (uint32_t id = 1; id <= ids.size(); ++id) {
    StreamNode& node = graph.node(id);
    const Checkpoint::Operator* op = checkpoint->find(ids[id - 1]);
    if (!op || !has_keys(*op) || node.max_parallelism != 0) continue;
    node.max_parallelism = op->max_parallelism;
    if (node.parallelism <= node.max_parallelism) continue;
    throw Error("'" + node.name + "' is to run " + std::to_string(node.parallelism) +
                " times, and the checkpoint has its keys in " + std::to_string(op->max_parallelism) +
                " groups, which is the most");
  }
  graph.restored = std::move(checkpoint);
}

}  // namespace pf
