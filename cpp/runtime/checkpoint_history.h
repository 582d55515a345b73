#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/task_snapshot.h"
#include "runtime/checkpoint_statistics.h"

namespace pf {

/// How many checkpoints there have been of a job, and what the latest complete ones have cost. Plain code:
/// told the time and what happened. Used by one thread at a time; no checkpoint keeps it.
class CheckpointHistory {
 public:
  void on_restored(int64_t epoch_millis) { counts_.restored_at = epoch_millis; }
  /// One that is about to be stored.
  void on_storing(const CheckpointStatistics& cost) { being_stored_[cost.id] = cost; }
  void on_complete(uint64_t checkpoint, int64_t epoch_millis);
  void on_failed(uint64_t checkpoint);

  CheckpointCounts counts(uint64_t in_progress) const;
  /// Of the latest complete ones, oldest first.
  std::vector<CheckpointStatistics> statistics() const { return {complete_.begin(), complete_.end()}; }
  std::optional<CheckpointStatistics> last() const;

 private:
  CheckpointCounts counts_;  // without those in progress
  std::map<uint64_t, CheckpointStatistics> being_stored_;
  std::deque<CheckpointStatistics> complete_;
};

/// Of a checkpoint that is about to be stored, made of what these tasks have sent.
CheckpointStatistics cost_of(const Checkpoint& checkpoint, const std::vector<TaskSnapshotPtr>& snapshots,
                             bool is_savepoint);

}  // namespace pf
