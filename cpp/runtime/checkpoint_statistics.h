#pragma once

#include <cstdint>
#include <optional>

namespace pf {

/// How many checkpoints there have been of a job, savepoints among them, as Flink counts them.
struct CheckpointCounts {
  uint64_t in_progress = 0;
  uint64_t completed = 0;
  /// Declined, too late, not stored, or given up with their attempt.
  uint64_t failed = 0;
  /// When the job, or a part of it, has last gone on from one, in milliseconds since the epoch.
  std::optional<int64_t> restored_at;
};

/// What one complete checkpoint has cost, in milliseconds and bytes, under the names of Flink's REST
/// interface.
struct CheckpointStatistics {
  uint64_t id = 0;
  bool is_savepoint = false;
  int64_t trigger_timestamp = 0;    // since the epoch
  int64_t end_to_end_duration = 0;  // from its trigger until it was stored
  double sync_duration = 0;         // of the subtask that stood still for the longest time
  double async_duration = 0;        // likewise until its state was written
  uint64_t checkpointed_size = 0;   // what it has stored itself
  uint64_t state_size = 0;          // with what it refers to of earlier ones
};

}  // namespace pf
