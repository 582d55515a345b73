#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/checkpoint/checkpoint.h"
#include "plan/job_graph.h"

namespace pf {

/// Which operators go on from a checkpoint as ended, in which of their subtasks: they are given nothing to
/// do, and whoever reads from them finds the end of its input. An operator's subtask does if it had passed on
/// its last result, and every subtask that it reads from goes on as ended, too. Else it runs: with another
/// parallelism on the way to it, records may come that it never saw. Immutable.
class EndedSubtasks {
 public:
  /// `checkpoint` is null at a fresh start.
  EndedSubtasks(const JobGraph& job, const Checkpoint* checkpoint);
  bool contains(uint32_t node, uint32_t subtask) const { return of_node_.at(node).at(subtask); }

 private:
  std::vector<std::vector<bool>> of_node_;
};

/// Throws Error where an operator of which all subtasks had ended reads from one of which not all had: its
/// state may be gone, and records would come to it. No checkpoint of the same program has that. `ids` are
/// those of the program's operators, in their order.
void refuse_input_of_ended(const StreamGraph& graph, const std::vector<std::string>& ids,
                           const Checkpoint& checkpoint);

}  // namespace pf
