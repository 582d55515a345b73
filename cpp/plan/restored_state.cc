#include "plan/restored_state.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "plan/ended_subtasks.h"
#include "plan/job_graph.h"
#include "plan/operator_ids.h"
#include "serde/type_schema.h"
#include "state/key_types.h"

namespace pf {
namespace {

bool has_state(const Checkpoint::Operator& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(), [](const Checkpoint::Subtask& subtask) {
    return subtask.state && (subtask.state->has_keyed_state() || subtask.state->broadcast ||
                             subtask.state->lists || subtask.state->in_flight);
  });
}

bool has_keys(const Checkpoint::Operator& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(), [](const Checkpoint::Subtask& subtask) {
    return subtask.state && subtask.state->has_keyed_state();
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

/// Throws Error where the state is known by keys of which the program will never ask.
void check_keys(const Checkpoint::Operator& op, const StreamNode& node, const TypeInfoPtr& is) {
  const TypeInfoPtr was = type_of_schema(op.key_type);
  if (!was || !is || was->equals(*is)) return;
  bool stay = keys_stay(*was, *is);
  for (const Checkpoint::Subtask& subtask : op.subtasks) {
    if (!stay || was->kind() != TypeKind::kPickled || !subtask.state) continue;
    std::set<std::string> states;
    for (const KeyedStateInfo& state : subtask.state->keyed_states()) states.insert(state.name);
    for (const std::string& state : states) {
      subtask.state->for_each_keyed_row(state, {}, [&](const KeyedStateInfo&, const KeyedRow& row) {
        ByteReader key(ByteReader(row.entry).get_bytes());
        stay = stay && is_key_of(*is, key);
      });
    }
  }
  if (stay) return;
  throw Error("the keys of '" + op.name + "' (id '" + op.id + "') were saved as " + was->to_string() +
              ", and key_by has " + is->to_string() +
              " now, by which no state would be found: give key_by the key_type that it had, or the operator "
              "another uid, to start it without its state\n  declared at " +
              node.declared_at);
}

void check_key_groups(const StreamGraph& graph, const Checkpoint& checkpoint) {
  const JobGraph job(graph);
  for (const StreamNode& node : graph.nodes()) {
    const Checkpoint::Operator* op = checkpoint.find(job.operator_id(node.id));
    if (!op || !has_keys(*op)) continue;
    const uint32_t is = job.vertices()[job.vertex_of(node.id)].max_parallelism;
    if (is == op->max_parallelism) continue;
    throw Error("the keys of '" + op->name + "' (id '" + op->id +
                "') were saved with a maximum parallelism of " + std::to_string(op->max_parallelism) +
                ", and it is " + std::to_string(is) +
                " now, by which keys are grouped: set it back (set_max_parallelism, "
                "pipeline.max-parallelism), or don't set it, and it stays as it was\n  declared at " +
                node.declared_at);
  }
}

}  // namespace

void go_on_from(StreamGraph& graph, std::shared_ptr<const Checkpoint> checkpoint, bool ignore_unclaimed) {
  const std::vector<std::string> ids = operator_ids(graph);
  if (!ignore_unclaimed) check_claimed(*checkpoint, ids);
  refuse_input_of_ended(graph, ids, *checkpoint);
  for (uint32_t id = 1; id <= ids.size(); ++id) {
    StreamNode& node = graph.node(id);
    const Checkpoint::Operator* op = checkpoint->find(ids[id - 1]);
    if (!op || !has_keys(*op)) continue;
    check_keys(*op, node, graph.key_type(id));
    if (node.max_parallelism != 0) continue;
    node.max_parallelism = op->max_parallelism;
    if (node.parallelism <= node.max_parallelism) continue;
    throw Error("'" + node.name + "' is to run " + std::to_string(node.parallelism) +
                " times, and the checkpoint has its keys in " + std::to_string(op->max_parallelism) +
                " groups, which is the most");
  }
  check_key_groups(graph, *checkpoint);
  graph.restored = std::move(checkpoint);
}

}  // namespace pf
