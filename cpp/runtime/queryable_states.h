#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "plan/stream_graph.h"

namespace pf {

/// Where in a job the states are that can be asked for from outside, by their queryable names. A name is
/// known from when the first subtask has declared its state, and stays when tasks start over. Any thread.
class QueryableStates {
 public:
  struct Place {
    uint32_t node = 0;  // of the stream graph
    std::string state;
    bool operator==(const Place&) const = default;
  };

  /// The graph must outlive it.
  explicit QueryableStates(const StreamGraph& graph) : graph_(graph) {}

  /// All subtasks of an operator add the same place. Throws Error when the name is another state's.
  void add(const std::string& name, const Place& place);
  /// Throws Error that shows the names there are.
  Place find(const std::string& name) const;

 private:
  std::string shown(const Place& place) const;

  const StreamGraph& graph_;
  mutable std::mutex mutex_;
  std::map<std::string, Place> places_;
};

}  // namespace pf
