#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plan/ended_subtasks.h"
#include "plan/job_graph.h"
#include "runtime/queryable_states.h"
#include "runtime/task.h"

namespace pf {

/// Everything that the tasks of a job share. Outlives the tasks.
struct TaskEnvironment {
  Executor& native;  // runs tasks that no value of `bindings/` passes through
  Executor& lane;    // runs the others
  TaskListener& listener;
  const Clock& clock;
  std::function<void(int64_t nanos, std::function<void()>)> after;
  JobId job;
  QueryableStates& queryable;
  uint32_t attempt = 0;
  /// Null where no checkpoints are taken.
  CheckpointListener* checkpoints = nullptr;
  BarrierAligner::Mode mode = BarrierAligner::Mode::kExactlyOnce;
  /// Whether barriers may overtake what is on its way.
  bool overtaking = false;
  /// What the next attempt goes on from; null at a fresh start.
  std::shared_ptr<const Checkpoint> restored = nullptr;
  /// How many elements, and how many full batches' worth of rows, a channel takes.
  size_t channel_places = 64;
  size_t channel_batches = 8;
  uint64_t seed = 0;
};

/// The job graph spread out into subtasks and channels, ready to run. Immutable; the job has a new one
/// whenever a part of it starts over, which shares with the one before whatever goes on.
class ExecutionGraph {
 public:
  ExecutionGraph(const JobGraph& job, const TaskEnvironment& environment);
  /// As `before`, but for these vertices, which no edge connects with others.
  ExecutionGraph(const ExecutionGraph& before, const TaskEnvironment& environment,
                 const std::vector<uint32_t>& vertices);

  const std::vector<std::shared_ptr<Task>>& tasks() const { return tasks_; }
  /// What an operator of one subtask has moved.
  struct OperatorReport {
    uint32_t node;
    uint32_t subtask;
    std::shared_ptr<OperatorMetrics> metrics;
  };
  const std::vector<OperatorReport>& operators() const { return operators_; }
  /// Subtasks with their chain, and channels with their ends.
  std::string to_json() const;

 private:
  struct Wire {
    size_t writer;
    size_t reader;
  };
  ExecutionGraph(const JobGraph& job, const TaskEnvironment& environment, const ExecutionGraph* before,
                 std::vector<bool> is_new);
  void take_over(const ExecutionGraph& before);
  void sort_reports();
  std::vector<OperatorChain::Node> make_nodes(const JobVertex& vertex, uint32_t subtask);
  /// Gives the operator what the checkpoint that the job goes on from has of it.
  void restore(OperatorContext& context) const;
  std::unique_ptr<Operator> sort_if_keyed(std::unique_ptr<Operator> op, uint32_t node, int inputs) const;
  bool writes_need_lane(const JobVertex& vertex) const;
  /// Whether barriers may overtake what is on its way to the vertex: as in Flink not where some of it goes to
  /// neighbours, which depends on the parallelism, or to everyone.
  bool may_be_overtaken(const JobVertex& vertex) const;
  InFlightInputs in_flight_inputs(const JobVertex& vertex, uint32_t subtask) const;
  /// Whether some operator of the checkpoint goes on at another parallelism. Sources then read other splits,
  /// and what was the time of a channel needn't be its time any more.
  bool is_rescaled() const;
  /// Lets the task go on with what was in flight to it.
  void replay(const JobVertex& vertex, uint32_t subtask, Task& task) const;
  /// What was in flight to the first node of the chain; see Replayed.
  std::vector<Replayed> replayed_by_head(const JobVertex& vertex, uint32_t subtask) const;
  void connect(const StreamEdge& edge);
  std::unique_ptr<RecordWriter> make_writer(const StreamEdge& edge, uint32_t subtask, Task& task);
  void assemble(const JobVertex& vertex, uint32_t subtask, std::vector<OperatorChain::Node> nodes);
  size_t edge_index(const StreamEdge& edge) const;

  const JobGraph& job_;
  TaskEnvironment environment_;  // what the tasks go on from is theirs once they are made
  const EndedSubtasks ended_;
  const std::vector<bool> is_new_;  // of each vertex
  std::vector<std::shared_ptr<Task>> tasks_;
  std::vector<std::vector<std::shared_ptr<Channel>>> channels_of_vertex_;  // that writes to them
  std::vector<Wire> wires_;
  std::vector<std::vector<Task::Input>> inputs_of_task_;
  /// Likewise: where each comes from.
  struct Origin {
    const StreamEdge* edge;
    uint32_t sender;
  };
  std::vector<std::vector<Origin>> origins_of_task_;
  /// For each edge, for each sending subtask: the channels it writes to. Empty for chained edges.
  std::vector<std::vector<std::vector<Channel*>>> channels_of_edge_;
  std::vector<OperatorReport> operators_;
};

}  // namespace pf
