#include <pybind11/stl.h>

#include "base/error.h"
#include "bindings/coercer.h"
#include "bindings/opaque_objects.h"
#include "bindings/register.h"
#include "plan/job_graph.h"

namespace py = pybind11;

namespace pf::python {
namespace {

template <typename Enum>
Enum parse(const std::string& text, std::initializer_list<std::pair<const char*, Enum>> known) {
  for (const auto& [name, value] : known) {
    if (text == name) return value;
  }
  throw Error("unknown value '" + text + "'");
}

ShipStrategy ship_strategy_of(const std::string& text) {
  return parse<ShipStrategy>(text, {{"FORWARD", ShipStrategy::kForward},
                                    {"HASH", ShipStrategy::kHash},
                                    {"REBALANCE", ShipStrategy::kRebalance},
                                    {"RESCALE", ShipStrategy::kRescale},
                                    {"SHUFFLE", ShipStrategy::kShuffle},
                                    {"BROADCAST", ShipStrategy::kBroadcast},
                                    {"GLOBAL", ShipStrategy::kGlobal},
                                    {"CUSTOM", ShipStrategy::kCustom}});
}

uint32_t add_node(StreamGraph& graph, const std::string& name,
                  std::optional<std::shared_ptr<SourceFactory>> source,
                  std::optional<std::shared_ptr<OperatorFactory>> op, bool sink, uint32_t parallelism,
                  uint32_t max_parallelism, const std::string& uid, const std::string& uid_hash,
                  const std::string& description, int64_t buffer_timeout_millis,
                  const std::string& slot_sharing_group, const std::string& chaining,
                  const std::string& declared_at, std::optional<int64_t> iteration_wait_millis) {
  StreamNode node;
  node.name = name;
  node.pact = source ? Pact::kSource : sink ? Pact::kSink : Pact::kOperator;
  if (source) node.source = std::move(*source);
  if (op) node.op = std::move(*op);
  node.parallelism = parallelism;
  node.max_parallelism = max_parallelism;
  node.uid = uid;
  node.uid_hash = uid_hash;
  node.description = description;
  node.buffer_timeout_millis = buffer_timeout_millis;
  node.slot_sharing_group = slot_sharing_group;
  node.chaining = parse<Chaining>(
      chaining, {{"ALWAYS", Chaining::kAlways}, {"HEAD", Chaining::kHead}, {"NEVER", Chaining::kNever}});
  node.declared_at = declared_at;
  node.iteration_wait_millis = iteration_wait_millis;
  return graph.add_node(std::move(node)).id;
}

void add_edge(StreamGraph& graph, uint32_t source, uint32_t target, int input,
              const std::optional<std::string>& side_output, const std::string& strategy,
              std::optional<std::shared_ptr<KeyExtractorFactory>> keys,
              std::optional<std::shared_ptr<PartitionerFactory>> partitioner, py::handle key_type,
              bool feedback) {
  StreamEdge edge;
  edge.source = source;
  edge.target = target;
  edge.input = input;
  edge.slot = side_output ? graph.side_output_slot(source, *side_output) : 0;
  edge.strategy = ship_strategy_of(strategy);
  edge.feedback = feedback;
  if (keys) edge.keys = std::move(*keys);
  if (!key_type.is_none()) edge.key_type = type_info_from(key_type);
  if (partitioner) edge.partitioner = std::move(*partitioner);
  graph.add_edge(std::move(edge));
}

/// Throws Error for settings that make no sense.
void set_restart(StreamGraph& graph, const RestartSettings& settings) {
  make_restart_strategy(settings, 0);
  graph.restart = settings;
}

}  // namespace

void register_graph(py::module_& module) {
  py::class_<SourceFactory, std::shared_ptr<SourceFactory>>(module, "SourceFactory");
  py::class_<OperatorFactory, std::shared_ptr<OperatorFactory>>(module, "OperatorFactory");
  py::class_<KeyExtractorFactory, std::shared_ptr<KeyExtractorFactory>>(module, "KeyExtractorFactory");
  py::class_<PartitionerFactory, std::shared_ptr<PartitionerFactory>>(module, "PartitionerFactory");

  py::class_<StreamGraph, std::shared_ptr<StreamGraph>>(module, "StreamGraph")
      .def(
          py::init([](std::string name, bool chaining, bool chain_different_max_parallelism, bool batch_mode,
                      bool object_reuse, size_t batch_size, std::map<std::string, std::string> job_parameters,
                      std::optional<std::shared_ptr<StateBackend>> state_backend) {
            auto graph = std::make_shared<StreamGraph>();
            graph->name = std::move(name);
            graph->chaining_enabled = chaining;
            graph->chains_different_max_parallelism = chain_different_max_parallelism;
            graph->batch_mode = batch_mode;
            graph->object_reuse = object_reuse;
            graph->batch_size = batch_size;
            graph->job_parameters = std::move(job_parameters);
            graph->opaque_columns = make_opaque_objects();
            if (state_backend) graph->state_backend = std::move(*state_backend);
            return graph;
          }),
          py::kw_only(), py::arg("name"), py::arg("chaining"), py::arg("chain_different_max_parallelism"),
          py::arg("batch_mode"), py::arg("object_reuse"), py::arg("batch_size"), py::arg("job_parameters"),
          py::arg("state_backend") = py::none())
      .def("add_node", &add_node, py::kw_only(), py::arg("name"), py::arg("source") = py::none(),
           py::arg("operator") = py::none(), py::arg("sink") = false, py::arg("parallelism"),
           py::arg("max_parallelism"), py::arg("uid"), py::arg("uid_hash"), py::arg("description"),
           py::arg("buffer_timeout_millis"), py::arg("slot_sharing_group"), py::arg("chaining"),
           py::arg("declared_at"), py::arg("iteration_wait_millis") = py::none())
      .def("add_edge", &add_edge, py::kw_only(), py::arg("source"), py::arg("target"), py::arg("input"),
           py::arg("side_output"), py::arg("strategy"), py::arg("keys") = py::none(),
           py::arg("partitioner") = py::none(), py::arg("key_type") = py::none(), py::arg("feedback") = false)
      .def(
          "restart_with_fixed_delay",
          [](StreamGraph& graph, int64_t attempts, int64_t delay) {
            set_restart(graph, FixedDelay{attempts, delay});
          },
          py::kw_only(), py::arg("attempts"), py::arg("delay"))
      .def(
          "restart_by_failure_rate",
          [](StreamGraph& graph, int64_t max_failures_per_interval, int64_t interval, int64_t delay) {
            set_restart(graph, FailureRate{max_failures_per_interval, interval, delay});
          },
          py::kw_only(), py::arg("max_failures_per_interval"), py::arg("interval"), py::arg("delay"))
      .def(
          "restart_with_exponential_delay",
          [](StreamGraph& graph, int64_t initial_backoff, int64_t max_backoff, double multiplier,
             int64_t reset_threshold, double jitter_factor, int64_t attempts_before_reset) {
            set_restart(graph, ExponentialDelay{initial_backoff, max_backoff, multiplier, reset_threshold,
                                                jitter_factor, attempts_before_reset});
          },
          py::kw_only(), py::arg("initial_backoff"), py::arg("max_backoff"), py::arg("multiplier"),
          py::arg("reset_threshold"), py::arg("jitter_factor"), py::arg("attempts_before_reset"))
      .def(
          "restart_all_regions", [](StreamGraph& graph) { graph.failover = FailoverStrategy::kFull; },
          "After a failure, rather than the one that has failed.")
      .def("to_json", &StreamGraph::to_json)
      .def("job_graph_json", [](const StreamGraph& graph) { return JobGraph(graph).to_json(); });
}

}  // namespace pf::python
