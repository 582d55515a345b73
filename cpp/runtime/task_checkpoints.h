#pragma once

#include <string>
#include <variant>

#include "base/task_metrics.h"
#include "control/checkpoint/task_snapshot.h"
#include "model/stream_element.h"

namespace pf {

class Task;

/// Who is told how the checkpoints of tasks go. Called on the task's thread.
class CheckpointListener {
 public:
  virtual ~CheckpointListener() = default;
  virtual void acknowledged(Task& task, const Barrier& barrier, TaskSnapshotPtr snapshot) = 0;
  /// The task has given up to find the checkpoint's cut.
  virtual void declined(Task& task, uint64_t checkpoint, const std::string& reason) = 0;
  /// The task has passed on its last result, and stays until a checkpoint is complete that has all of its
  /// vertex at the end.
  virtual void reached_end(Task& task) = 0;
  /// Such a checkpoint is complete, the operators have been told, and the task goes.
  virtual void left(Task& task) = 0;
};

/// How the last checkpoint went through a task, by Flink's measures. Written by the task, read by anyone.
struct CheckpointMetrics {
  Gauge start_delay_nanos{0};  // from its trigger to the first news of it
  Gauge alignment_nanos{0};    // from there until its barrier is known of in all channels
  Gauge processed_bytes{0};    // taken in meanwhile
  Gauge persisted_bytes{0};    // of it, and not taken in yet: part of the checkpoint
};

// What the job's checkpoints ask of a task.

/// A source shall send the barrier, a task at its end acknowledge it.
struct BeginCheckpoint {
  Barrier barrier;
};
struct CheckpointCompleted {
  uint64_t checkpoint;
  bool ends_task;  // its vertex was at its end in it, and the task needs no other, or the job stops with it
};
struct CheckpointAborted {
  uint64_t checkpoint;
};
/// A source shall end, as if its input were used up.
struct EndSource {};
/// A task at its end shall wait for no checkpoint.
struct Leave {};
using CheckpointRequest =
    std::variant<BeginCheckpoint, CheckpointCompleted, CheckpointAborted, EndSource, Leave>;

}  // namespace pf
