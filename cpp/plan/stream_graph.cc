#include "plan/stream_graph.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/key_group.h"

namespace pf {
namespace {

const char* name_of(Pact pact) {
  switch (pact) {
    case Pact::kSource:
      return "Data Source";
    case Pact::kOperator:
      return "Operator";
    case Pact::kSink:
      return "Data Sink";
  }
  return "";
}

}  // namespace

StreamNode& StreamGraph::add_node(StreamNode node) {
  if (node.parallelism < 1 || node.parallelism > kMostKeyGroups || node.max_parallelism > kMostKeyGroups) {
    throw Error("'" + node.name + "' has parallelism " + std::to_string(node.parallelism) +
                " and maximum parallelism " + std::to_string(node.max_parallelism) + "; both must be 1 to " +
                std::to_string(kMostKeyGroups));
  }
  node.id = static_cast<uint32_t>(nodes_.size()) + 1;
  nodes_.push_back(std::move(node));
  return nodes_.back();
}

void StreamGraph::add_edge(StreamEdge edge) {
  const StreamNode& source = node(edge.source);
  const StreamNode& target = node(edge.target);
  if (edge.strategy == ShipStrategy::kForward && source.parallelism != target.parallelism) {
    throw Error("forward() needs equal parallelism on both sides, but '" + source.name + "' runs " +
                std::to_string(source.parallelism) + " times and '" + target.name + "' " +
                std::to_string(target.parallelism) + " times; use rebalance() or rescale()");
  }
  edges_.push_back(std::move(edge));
}

int StreamGraph::side_output_slot(uint32_t id, const std::string& tag) {
  auto& tags = node(id).side_outputs;
  for (size_t i = 0; i < tags.size(); ++i) {
    if (tags[i] == tag) return static_cast<int>(i) + 1;
  }
  tags.push_back(tag);
  return static_cast<int>(tags.size());
}

StreamNode& StreamGraph::node(uint32_t id) {
  PF_CHECK(id >= 1 && id <= nodes_.size());
  return nodes_[id - 1];
}

const StreamNode& StreamGraph::node(uint32_t id) const {
  PF_CHECK(id >= 1 && id <= nodes_.size());
  return nodes_[id - 1];
}

std::vector<const StreamEdge*> StreamGraph::edges_into(uint32_t id) const {
  std::vector<const StreamEdge*> found;
  for (const auto& edge : edges_) {
    if (edge.target == id) found.push_back(&edge);
  }
  return found;
}

TypeInfoPtr StreamGraph::key_type(uint32_t id) const {
  for (const StreamEdge* edge : edges_into(id)) {
    if (edge->key_type) return edge->key_type;
  }
  return nullptr;
}

std::vector<const StreamEdge*> StreamGraph::edges_out_of(uint32_t id) const {
  std::vector<const StreamEdge*> found;
  for (const auto& edge : edges_) {
    if (edge.source == id) found.push_back(&edge);
  }
  return found;
}

std::string StreamGraph::to_json() const {
  auto nodes = nlohmann::ordered_json::array();
  for (const auto& node : nodes_) {
    nlohmann::ordered_json described = {{"id", node.id},
                                        {"type", node.name},
                                        {"pact", name_of(node.pact)},
                                        {"contents", node.description.empty() ? node.name : node.description},
                                        {"parallelism", node.parallelism}};
    auto inputs = edges_into(node.id);
    for (const StreamEdge* edge : inputs) {
      described["predecessors"].push_back({{"id", edge->source},
                                           {"ship_strategy", name_of(edge->strategy)},
                                           {"side", edge->feedback ? "feedback" : "second"}});
    }
    if (!node.uid.empty()) described["uid"] = node.uid;
    if (!node.uid_hash.empty()) described["uid_hash"] = node.uid_hash;
    if (node.buffer_timeout_millis != kDefaultBufferTimeoutMillis) {
      described["buffer_timeout"] = node.buffer_timeout_millis;
    }
    nodes.push_back(std::move(described));
  }
  nlohmann::ordered_json program = {{"nodes", nodes}};
  if (!std::holds_alternative<NoRestart>(restart)) program["restart_strategy"] = describe(restart);
  return program.dump(2);
}

}  // namespace pf
