#include "control/checkpoint/state_sizes.h"

#include <string>

#include "base/error.h"
#include "control/checkpoint/checkpoint_format.h"

namespace pf {

void check_state_sizes(const Checkpoint& checkpoint, size_t max_state_bytes) {
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      const size_t size = subtask.state ? size_with_shared(*subtask.state) : 0;
      if (size <= max_state_bytes) continue;
      throw Error("the state of " + op.name + " has " + std::to_string(size) + " bytes, and " +
                  std::to_string(max_state_bytes) +
                  " are the most that the JobManager storage keeps of a subtask: set "
                  "execution.checkpointing.storage to filesystem, with execution.checkpointing.dir, or "
                  "execution.checkpointing.jobmanager-max-state-size to more");
    }
  }
}

}  // namespace pf
