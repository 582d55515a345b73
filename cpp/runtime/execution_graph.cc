#include "runtime/execution_graph.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fault_point.h"
#include "dataflow/operator/sorted_input.h"
#include "plan/wiring.h"

namespace pf {
namespace {

bool any_needs_lane(const std::vector<OperatorChain::Node>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const OperatorChain::Node& node) {
    return node.source ? node.source->needs_lane() : node.op->needs_lane();
  });
}

std::vector<bool> chosen(const JobGraph& job, const std::vector<uint32_t>& vertices) {
  std::vector<bool> is_chosen(job.vertices().size());
  for (uint32_t vertex : vertices) is_chosen.at(vertex) = true;
  return is_chosen;
}

bool was_empty(const InFlightSnapshot& snapshot, size_t part) {
  return snapshot.channels()[part].elements.empty();
}

}  // namespace

ExecutionGraph::ExecutionGraph(const JobGraph& job, const TaskEnvironment& environment)
    : ExecutionGraph(job, environment, nullptr, std::vector<bool>(job.vertices().size(), true)) {}

ExecutionGraph::ExecutionGraph(const ExecutionGraph& before, const TaskEnvironment& environment,
                               const std::vector<uint32_t>& vertices)
    : ExecutionGraph(before.job_, environment, &before, chosen(before.job_, vertices)) {}

ExecutionGraph::ExecutionGraph(const JobGraph& job, const TaskEnvironment& environment,
                               const ExecutionGraph* before, std::vector<bool> is_new)
    : job_(job),
      environment_(environment),
      ended_(job, environment.restored.get()),
      is_new_(std::move(is_new)) {
  inputs_of_task_.resize(job.tasks());
  origins_of_task_.resize(job.tasks());
  tasks_.resize(job.tasks());
  channels_of_vertex_.resize(job.vertices().size());
  if (before) take_over(*before);
  // Which thread a task runs on depends on its operators, so these come first.
  std::vector<std::vector<OperatorChain::Node>> chains(job.tasks());
  for (const auto& vertex : job.vertices()) {
    for (uint32_t subtask = 0; is_new_[vertex.id] && subtask < vertex.parallelism; ++subtask) {
      size_t index = job_.task_of(vertex.id, subtask);
      chains[index] = make_nodes(vertex, subtask);
      bool lane = any_needs_lane(chains[index]) || writes_need_lane(vertex);
      std::string name =
          vertex.name + " (" + std::to_string(subtask + 1) + "/" + std::to_string(vertex.parallelism) + ")";
      tasks_[index] = std::make_shared<Task>(
          TaskAttempt{environment.job, vertex.id, subtask, environment.attempt}, name,
          lane ? environment.lane : environment.native, environment.listener, environment.clock);
    }
  }
  channels_of_edge_.resize(job.stream_graph().edges().size());
  for (const auto& edge : job.stream_graph().edges()) {
    if (!job.is_chained(edge)) connect(edge);
  }
  for (const auto& vertex : job.vertices()) {
    for (uint32_t subtask = 0; is_new_[vertex.id] && subtask < vertex.parallelism; ++subtask) {
      assemble(vertex, subtask, std::move(chains[job_.task_of(vertex.id, subtask)]));
    }
  }
  sort_reports();
  environment_.restored = nullptr;
}

void ExecutionGraph::take_over(const ExecutionGraph& before) {
  for (const JobVertex& vertex : job_.vertices()) {
    if (is_new_[vertex.id]) continue;
    channels_of_vertex_[vertex.id] = before.channels_of_vertex_[vertex.id];
    for (uint32_t subtask = 0; subtask < vertex.parallelism; ++subtask) {
      size_t index = job_.task_of(vertex.id, subtask);
      tasks_[index] = before.tasks_[index];
    }
  }
  for (const OperatorReport& report : before.operators_) {
    if (!is_new_[job_.vertex_of(report.node)]) operators_.push_back(report);
  }
}

void ExecutionGraph::sort_reports() {
  std::stable_sort(operators_.begin(), operators_.end(), [this](const auto& a, const auto& b) {
    return std::pair(job_.vertex_of(a.node), a.subtask) < std::pair(job_.vertex_of(b.node), b.subtask);
  });
}

std::vector<OperatorChain::Node> ExecutionGraph::make_nodes(const JobVertex& vertex, uint32_t subtask) {
  const StreamGraph& graph = job_.stream_graph();
  std::vector<OperatorChain::Node> nodes;
  for (uint32_t id : vertex.nodes) {
    const StreamNode& declared = graph.node(id);
    OperatorChain::Node node;
    if (declared.source) {
      node.source = declared.source->create(subtask, vertex.parallelism);
    } else {
      node.op = declared.op->create();
      for (const StreamEdge* edge : graph.edges_into(id)) {
        node.inputs = std::max(node.inputs, edge->input + 1);
        if (edge->strategy == ShipStrategy::kHash) node.context.key_order = edge->keys->key_order();
      }
      if (graph.batch_mode) node.op = sort_if_keyed(std::move(node.op), id, node.inputs);
    }
    node.ended = ended_.contains(id, subtask);
    node.metrics = std::make_shared<OperatorMetrics>();
    node.metrics->tell_inputs_apart(node.inputs);
    operators_.push_back({id, subtask, node.metrics});
    OperatorContext& context = node.context;
    context.job = environment_.job;
    context.job_name = graph.name;
    context.task_name = vertex.name;
    context.operator_name = declared.name;
    context.declared_at = declared.declared_at;
    context.side_outputs = declared.side_outputs;
    context.job_parameters = graph.job_parameters;
    context.subtask = subtask;
    context.parallelism = vertex.parallelism;
    context.max_parallelism = vertex.max_parallelism;
    context.attempt = environment_.attempt;
    context.batch_size = graph.batch_size;
    context.buffer_timeout_nanos = declared.buffer_timeout_millis * 1'000'000;
    context.batch_mode = graph.batch_mode;
    context.object_reuse = graph.object_reuse;
    context.operator_id = job_.operator_id(id);
    restore(context);
    context.state_backend = graph.state_backend.get();
    context.clock = &environment_.clock;
    context.metrics = node.metrics.get();
    nodes.push_back(std::move(node));
  }
  return nodes;
}

void ExecutionGraph::restore(OperatorContext& context) const {
  if (!environment_.restored) return;
  context.restored_checkpoint_id = static_cast<int64_t>(environment_.restored->id);
  const Checkpoint::Operator* op = environment_.restored->find(context.operator_id);
  if (!op) return;
  for (const Checkpoint::Subtask& subtask : op->subtasks) {
    context.restored.push_back(subtask.state ? subtask.state : std::make_shared<OperatorSnapshot>());
  }
}

std::unique_ptr<Operator> ExecutionGraph::sort_if_keyed(std::unique_ptr<Operator> op, uint32_t node,
                                                        int inputs) const {
  // Native operators aggregate by hash, and mind no order.
  if (!op->needs_lane()) return op;
  std::vector<std::shared_ptr<const KeyExtractorFactory>> keys(static_cast<size_t>(inputs));
  bool keyed = false;
  for (const StreamEdge* edge : job_.stream_graph().edges_into(node)) {
    if (edge->strategy != ShipStrategy::kHash) continue;
    keys[static_cast<size_t>(edge->input)] = edge->keys;
    keyed = true;
  }
  return keyed ? make_sorted_input(std::move(op), std::move(keys)) : std::move(op);
}

bool ExecutionGraph::writes_need_lane(const JobVertex& vertex) const {
  for (uint32_t id : vertex.nodes) {
    for (const StreamEdge* edge : job_.stream_graph().edges_out_of(id)) {
      if (job_.is_chained(*edge)) continue;
      if ((edge->keys && edge->keys->needs_lane()) ||
          (edge->partitioner && edge->partitioner->needs_lane())) {
        return true;
      }
    }
  }
  return false;
}

void ExecutionGraph::connect(const StreamEdge& edge) {
  uint32_t from = job_.vertex_of(edge.source);
  uint32_t to = job_.vertex_of(edge.target);
  uint32_t senders = job_.vertices()[from].parallelism;
  uint32_t receivers = job_.vertices()[to].parallelism;
  size_t places = environment_.channel_places;
  size_t rows = std::max(places, environment_.channel_batches * job_.stream_graph().batch_size);
  if (PFPP_MUTANT("tiny_channels")) places = rows = 3;
  auto& channels = channels_of_edge_[edge_index(edge)];
  channels.resize(senders);
  for (uint32_t sender = 0; sender < senders; ++sender) {
    for (uint32_t receiver = 0; receiver < receivers; ++receiver) {
      if (!are_wired(edge.strategy, sender, senders, receiver, receivers)) continue;
      size_t writer = job_.task_of(from, sender);
      size_t reader = job_.task_of(to, receiver);
      wires_.push_back({writer, reader});
      if (!is_new_[from]) continue;
      channels_of_vertex_[from].push_back(edge.feedback ? Channel::unbounded()
                                                        : std::make_unique<Channel>(places, rows));
      Channel* channel = channels_of_vertex_[from].back().get();
      channel->connect(*tasks_[writer], *tasks_[reader]);
      channels[sender].push_back(channel);
      inputs_of_task_[reader].push_back({channel, edge.input, edge.feedback});
      origins_of_task_[reader].push_back({&edge, sender});
      if (environment_.overtaking) channel->let_overtake();
    }
  }
}

std::unique_ptr<RecordWriter> ExecutionGraph::make_writer(const StreamEdge& edge, uint32_t subtask,
                                                          Task& task) {
  auto& channels = channels_of_edge_[edge_index(edge)][subtask];
  auto count = static_cast<uint32_t>(channels.size());
  uint64_t seed = environment_.seed + subtask;
  std::unique_ptr<Partitioner> partitioner;
  switch (edge.strategy) {
    case ShipStrategy::kForward:
    case ShipStrategy::kGlobal:
      partitioner = make_first_channel_partitioner();
      break;
    case ShipStrategy::kHash:
      partitioner =
          make_hash_partitioner(count, job_.vertices()[job_.vertex_of(edge.target)].max_parallelism);
      break;
    case ShipStrategy::kRebalance:
    case ShipStrategy::kRescale:
      partitioner = make_round_robin_partitioner(count, seed);
      break;
    case ShipStrategy::kShuffle:
      partitioner = make_shuffle_partitioner(count, seed);
      break;
    case ShipStrategy::kBroadcast:
      partitioner = make_broadcast_partitioner();
      break;
    case ShipStrategy::kCustom:
      partitioner = edge.partitioner->create(count);
      break;
  }
  auto writer = std::make_unique<RecordWriter>(edge.keys ? edge.keys->create() : nullptr,
                                               std::move(partitioner), channels, task.metrics());
  if (may_be_overtaken(job_.vertices()[job_.vertex_of(edge.target)])) writer->announce_barriers();
  return writer;
}

bool ExecutionGraph::may_be_overtaken(const JobVertex& vertex) const {
  if (!environment_.overtaking || vertex.has_source) return false;
  auto edges = job_.stream_graph().edges_into(vertex.nodes.front());
  return std::none_of(edges.begin(), edges.end(), [](const StreamEdge* edge) {
    return is_pointwise(edge->strategy) || edge->strategy == ShipStrategy::kBroadcast || edge->feedback;
  });
}

bool ExecutionGraph::is_rescaled() const {
  for (const JobVertex& vertex : job_.vertices()) {
    for (uint32_t node : vertex.nodes) {
      const Checkpoint::Operator* op = environment_.restored->find(job_.operator_id(node));
      if (op && op->subtasks.size() != vertex.parallelism) return true;
    }
  }
  return false;
}

std::vector<Replayed> ExecutionGraph::replayed_by_head(const JobVertex& vertex, uint32_t subtask) const {
  const Checkpoint::Operator* op = environment_.restored->find(job_.operator_id(vertex.nodes.front()));
  const auto& origins = origins_of_task_[job_.task_of(vertex.id, subtask)];
  std::vector<Replayed> parts;
  if (!op || origins.empty()) return parts;
  auto has_any = [](const Checkpoint::Subtask& of) { return of.state && of.state->in_flight; };
  if (std::none_of(op->subtasks.begin(), op->subtasks.end(), has_any)) return parts;
  const bool rescaled = op->subtasks.size() != vertex.parallelism;
  const bool with_watermarks = !is_rescaled();
  for (uint32_t old = 0; old < op->subtasks.size(); ++old) {
    auto snapshot = has_any(op->subtasks[old]) ? op->subtasks[old].state->in_flight : nullptr;
    if (!snapshot) continue;
    for (size_t part = 0; part < snapshot->channels().size(); ++part) {
      const InFlightChannel& was = snapshot->channels()[part];
      std::vector<size_t> same_edge;
      std::vector<size_t> same_input;
      for (size_t i = 0; i < origins.size(); ++i) {
        if (static_cast<uint32_t>(origins[i].edge->input) != was.input) continue;
        same_input.push_back(i);
        if (job_.operator_id(origins[i].edge->source) == was.from) same_edge.push_back(i);
      }
      if (same_input.empty()) {
        throw Error("the checkpoint has records in flight to input " + std::to_string(was.input + 1) +
                    " of '" + op->name + "', which the program lacks");
      }
      // A sender that is gone has left its records to whoever sends to the same input now.
      const auto& channels = same_edge.empty() ? same_input : same_edge;
      const size_t channel = channels[was.sender % channels.size()];
      Replayed replayed{snapshot, part, channel, std::nullopt, with_watermarks};
      uint32_t receiver = old % vertex.parallelism;
      if (rescaled) {
        switch (origins[channel].edge->strategy) {
          case ShipStrategy::kHash:
            replayed.share = KeyShare{vertex.max_parallelism, vertex.parallelism, subtask};
            receiver = subtask;
            break;
          case ShipStrategy::kGlobal:
            receiver = 0;
            break;
          case ShipStrategy::kCustom:
            if (was_empty(*snapshot, part)) break;
            throw Error("the checkpoint has records in flight to '" + op->name +
                        "', where a partitioner of the program's own sent them to " +
                        std::to_string(op->subtasks.size()) +
                        " subtasks: it can go on at that parallelism "
                        "only; a savepoint can at any");
          default:
            break;
        }
      }
      if (receiver == subtask) parts.push_back(std::move(replayed));
    }
  }
  return parts;
}

InFlightInputs ExecutionGraph::in_flight_inputs(const JobVertex& vertex, uint32_t subtask) const {
  const size_t task = job_.task_of(vertex.id, subtask);
  std::vector<Channel*> channels;
  for (const Task::Input& input : inputs_of_task_[task]) channels.push_back(input.channel);
  std::vector<InFlightChannel> origins;
  for (const Origin& origin : origins_of_task_[task]) {
    origins.push_back(
        {static_cast<uint32_t>(origin.edge->input), job_.operator_id(origin.edge->source), origin.sender});
  }
  return {std::move(channels), InFlightRecorder(std::move(origins), job_.stream_graph().opaque_columns)};
}

void ExecutionGraph::replay(const JobVertex& vertex, uint32_t subtask, Task& task) const {
  if (!environment_.restored) return;
  std::vector<std::pair<size_t, Replayed>> to_nodes;
  for (size_t node = 1; node < vertex.nodes.size(); ++node) {
    const Checkpoint::Operator* op = environment_.restored->find(job_.operator_id(vertex.nodes[node]));
    for (uint32_t old = subtask; op && old < op->subtasks.size(); old += vertex.parallelism) {
      auto snapshot = op->subtasks[old].state ? op->subtasks[old].state->in_flight : nullptr;
      for (size_t part = 0; snapshot && part < snapshot->channels().size(); ++part) {
        to_nodes.push_back({node, {snapshot, part, 0, std::nullopt, false}});
      }
    }
  }
  auto to_head = replayed_by_head(vertex, subtask);
  if (to_head.empty() && to_nodes.empty()) return;
  task.replay(std::move(to_head), std::move(to_nodes), job_.stream_graph().opaque_columns);
}

void ExecutionGraph::assemble(const JobVertex& vertex, uint32_t subtask,
                              std::vector<OperatorChain::Node> nodes) {
  Task& task = *tasks_[job_.task_of(vertex.id, subtask)];
  std::map<uint32_t, size_t> place;
  for (size_t i = 0; i < vertex.nodes.size(); ++i) place[vertex.nodes[i]] = i;
  std::vector<std::unique_ptr<RecordWriter>> writers;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const StreamEdge* edge : job_.stream_graph().edges_out_of(vertex.nodes[i])) {
      if (job_.is_chained(*edge)) {
        nodes[i].targets.push_back({edge->slot, place.at(edge->target), nullptr});
      } else {
        writers.push_back(make_writer(*edge, subtask, task));
        nodes[i].targets.push_back({edge->slot, 0, writers.back().get()});
      }
    }
    nodes[i].context.wake = [waker = task.waker()] { waker->wake(); };
    nodes[i].context.wake_after = [waker = task.waker(), after = environment_.after](int64_t nanos) {
      after(nanos, [waker] { waker->wake(); });
    };
    nodes[i].context.publish_state = [&task, &queryable = environment_.queryable, node = vertex.nodes[i]](
                                         const std::string& name, const std::string& state,
                                         StateLookup lookup) {
      queryable.add(name, {node, state});
      task.publish(name, std::move(lookup));
    };
  }
  auto wake_after = nodes.front().context.wake_after;
  auto chain = std::make_unique<OperatorChain>(std::move(nodes));
  task.assemble(inputs_of_task_[job_.task_of(vertex.id, subtask)], std::move(writers), std::move(chain));
  if (environment_.checkpoints) {
    task.take_checkpoints(*environment_.checkpoints, environment_.mode);
    if (environment_.overtaking) {
      std::optional<InFlightInputs> inputs;
      if (may_be_overtaken(vertex)) inputs = in_flight_inputs(vertex, subtask);
      task.let_overtake(wake_after, std::move(inputs));
    }
  }
  replay(vertex, subtask, task);
  if (auto wait = job_.stream_graph().node(vertex.nodes.front()).iteration_wait_millis) {
    task.begin_loop(*wait, std::move(wake_after));
  }
}

size_t ExecutionGraph::edge_index(const StreamEdge& edge) const {
  return static_cast<size_t>(&edge - job_.stream_graph().edges().data());
}

std::string ExecutionGraph::to_json() const {
  using nlohmann::ordered_json;
  auto tasks = ordered_json::array();
  for (const auto& task : tasks_) {
    tasks.push_back({{"name", task->name()},
                     {"vertex", task->attempt().vertex},
                     {"subtask", task->attempt().subtask},
                     {"attempt", task->attempt().attempt}});
  }
  auto channels = ordered_json::array();
  for (const Wire& wire : wires_) {
    channels.push_back({{"from", tasks_[wire.writer]->name()}, {"to", tasks_[wire.reader]->name()}});
  }
  return ordered_json{{"tasks", tasks}, {"channels", channels}}.dump(2);
}

}  // namespace pf
