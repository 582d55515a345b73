#pragma once

#include <string>
#include <vector>

#include "plan/stream_graph.h"

namespace pf {

/// A chain of transformations that every subtask runs fused: the unit of scheduling.
struct JobVertex {
  uint32_t id = 0;              // place in `JobGraph::vertices`
  std::vector<uint32_t> nodes;  // of the stream graph, each after its predecessor in the chain
  std::string name;             // as Flink writes it: "Source: A -> Map -> (B, C)"
  uint32_t parallelism = 1;
  uint32_t max_parallelism = 128;
  bool has_source = false;
  size_t first_task = 0;  // its subtasks have this number, and those that follow
};

/// The stream graph after chaining. Immutable; refers to the stream graph, which must outlive it.
class JobGraph {
 public:
  /// Throws Error when the stream graph has no node, or a cycle.
  explicit JobGraph(const StreamGraph& graph);

  const StreamGraph& stream_graph() const { return graph_; }
  const std::vector<JobVertex>& vertices() const { return vertices_; }
  /// Vertices that start over together when one of them fails: those that edges connect, or all of them, as
  /// the stream graph wants it.
  const std::vector<std::vector<uint32_t>>& regions() const { return regions_; }
  /// The vertex that runs a node of the stream graph.
  uint32_t vertex_of(uint32_t node) const { return vertex_of_[node]; }
  bool is_chained(const StreamEdge& edge) const;
  /// What the state of a node goes by, in every run of the program.
  const std::string& operator_id(uint32_t node) const { return operator_ids_[node - 1]; }
  /// Tasks of the job are numbered: the subtasks of the first vertex, then those of the second, ...
  size_t tasks() const { return vertices_.back().first_task + vertices_.back().parallelism; }
  size_t task_of(uint32_t vertex, uint32_t subtask) const { return vertices_[vertex].first_task + subtask; }

  /// Vertices with their chains, and the edges between them with ship strategy.
  std::string to_json() const;

 private:
  bool may_chain(const StreamEdge& edge) const;
  void collect(uint32_t node, JobVertex& vertex);
  std::string chain_name(uint32_t node) const;
  std::vector<std::vector<uint32_t>> find_regions() const;

  const StreamGraph& graph_;
  std::vector<JobVertex> vertices_;
  std::vector<std::string> operator_ids_;
  std::vector<uint32_t> vertex_of_;
  std::vector<std::vector<uint32_t>> regions_;
};

}  // namespace pf
