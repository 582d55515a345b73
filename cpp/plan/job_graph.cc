#include "plan/job_graph.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/key_group.h"
#include "plan/operator_ids.h"

namespace pf {
namespace {

/// Nodes are declared after their inputs, so an edge that runs backwards closes a cycle; only a loop may.
void refuse_cycles(const StreamGraph& graph) {
  for (const auto& edge : graph.edges()) {
    if (edge.source >= edge.target && !edge.feedback) {
      throw Error("the program has a cycle through '" + graph.node(edge.target).name + "' and '" +
                  graph.node(edge.source).name + "'");
    }
  }
}

}  // namespace

JobGraph::JobGraph(const StreamGraph& graph)
    : graph_(graph), operator_ids_(operator_ids(graph)), vertex_of_(graph.nodes().size() + 1) {
  if (graph.nodes().empty()) {
    throw Error("the program has no operators: declare a source and at least one transformation");
  }
  refuse_cycles(graph);
  for (const auto& node : graph.nodes()) {
    auto inputs = graph.edges_into(node.id);
    if (inputs.size() == 1 && may_chain(*inputs.front())) continue;
    JobVertex vertex;
    vertex.id = static_cast<uint32_t>(vertices_.size());
    vertex.parallelism = node.parallelism;
    vertex.max_parallelism =
        node.max_parallelism != 0 ? node.max_parallelism : default_max_parallelism(node.parallelism);
    vertex.has_source = node.source != nullptr;
    if (!vertices_.empty()) vertex.first_task = tasks();
    collect(node.id, vertex);
    vertex.name = chain_name(node.id);
    vertices_.push_back(std::move(vertex));
  }
  regions_ = find_regions();
}

std::vector<std::vector<uint32_t>> JobGraph::find_regions() const {
  std::vector<uint32_t> first(vertices_.size());  // of the vertices that each is connected with
  std::iota(first.begin(), first.end(), 0U);
  for (const StreamEdge& edge : graph_.edges()) {
    const auto [low, high] = std::minmax(first[vertex_of_[edge.source]], first[vertex_of_[edge.target]]);
    std::replace(first.begin(), first.end(), uint32_t{high}, uint32_t{low});
  }
  if (graph_.failover == FailoverStrategy::kFull) std::fill(first.begin(), first.end(), 0U);
  std::map<uint32_t, std::vector<uint32_t>> regions;
  for (uint32_t vertex = 0; vertex < first.size(); ++vertex) regions[first[vertex]].push_back(vertex);
  std::vector<std::vector<uint32_t>> all;
  for (auto& [of, region] : regions) all.push_back(std::move(region));
  return all;
}

bool JobGraph::may_chain(const StreamEdge& edge) const {
  const StreamNode& up = graph_.node(edge.source);
  const StreamNode& down = graph_.node(edge.target);
  return graph_.chaining_enabled && !edge.feedback && edge.strategy == ShipStrategy::kForward &&
         up.parallelism == down.parallelism && up.slot_sharing_group == down.slot_sharing_group &&
         up.chaining != Chaining::kNever && down.chaining == Chaining::kAlways &&
         (graph_.chains_different_max_parallelism || up.max_parallelism == down.max_parallelism) &&
         graph_.edges_into(down.id).size() == 1;
}

bool JobGraph::is_chained(const StreamEdge& edge) const {
  return vertex_of_[edge.source] == vertex_of_[edge.target] && may_chain(edge);
}

void JobGraph::collect(uint32_t node, JobVertex& vertex) {
  vertex.nodes.push_back(node);
  vertex_of_[node] = vertex.id;
  for (const StreamEdge* edge : graph_.edges_out_of(node)) {
    if (may_chain(*edge)) collect(edge->target, vertex);
  }
}

std::string JobGraph::chain_name(uint32_t node) const {
  std::vector<std::string> next;
  for (const StreamEdge* edge : graph_.edges_out_of(node)) {
    if (is_chained(*edge)) next.push_back(chain_name(edge->target));
  }
  std::string name = graph_.node(node).name;
  if (next.empty()) return name;
  if (next.size() == 1) return name + " -> " + next.front();
  name += " -> (";
  for (size_t i = 0; i < next.size(); ++i) name += (i > 0 ? ", " : "") + next[i];
  return name + ")";
}

std::string JobGraph::to_json() const {
  using nlohmann::ordered_json;
  auto vertices = ordered_json::array();
  for (const auto& vertex : vertices_) {
    ordered_json operators = ordered_json::array();
    for (uint32_t node : vertex.nodes) operators.push_back(graph_.node(node).name);
    vertices.push_back({{"id", vertex.id},
                        {"name", vertex.name},
                        {"parallelism", vertex.parallelism},
                        {"maxParallelism", vertex.max_parallelism},
                        {"operators", operators}});
  }
  auto edges = ordered_json::array();
  for (const auto& edge : graph_.edges()) {
    if (is_chained(edge)) continue;
    edges.push_back({{"source", vertex_of_[edge.source]},
                     {"target", vertex_of_[edge.target]},
                     {"ship_strategy", name_of(edge.strategy)}});
  }
  return ordered_json{{"name", graph_.name}, {"vertices", vertices}, {"edges", edges}}.dump(2);
}

}  // namespace pf
