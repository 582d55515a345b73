#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "state/operator_snapshot.h"

namespace pf {

/// All that a job remembers at one cut through its streams: enough to go on from. Immutable once stored; any
/// thread.
struct Checkpoint {
  struct Subtask {
    std::shared_ptr<const OperatorSnapshot> state;
    /// It had passed on its last result: whoever goes on from here has nothing to do.
    bool ended = false;
  };
  struct Operator {
    std::string id;  // the same in every run of the program
    std::string name;
    uint32_t max_parallelism = 0;
    std::string key_type;  // its schema; empty without keys
    std::vector<Subtask> subtasks;
  };

  JobId job;
  uint64_t id = 0;
  uint32_t attempt = 0;
  int64_t epoch_millis = 0;  // of its trigger
  std::vector<Operator> operators;

  /// Null when there is none of the id.
  const Operator* find(const std::string& operator_id) const {
    for (const Operator& op : operators) {
      if (op.id == operator_id) return &op;
    }
    return nullptr;
  }
};

}  // namespace pf
