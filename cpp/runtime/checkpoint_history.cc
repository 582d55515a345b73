#include "runtime/checkpoint_history.h"

#include <algorithm>

#include "control/checkpoint/checkpoint_format.h"

namespace pf {
namespace {

/// Complete checkpoints whose cost is remembered.
constexpr size_t kRemembered = 10'000;

}  // namespace

void CheckpointHistory::on_complete(uint64_t checkpoint, int64_t epoch_millis) {
  ++counts_.completed;
  auto stored = being_stored_.extract(checkpoint);
  if (stored.empty()) return;
  CheckpointStatistics& statistics = complete_.emplace_back(stored.mapped());
  statistics.end_to_end_duration = epoch_millis - statistics.trigger_timestamp;
  if (complete_.size() > kRemembered) complete_.pop_front();
}

void CheckpointHistory::on_failed(uint64_t checkpoint) {
  ++counts_.failed;
  being_stored_.erase(checkpoint);
}

CheckpointCounts CheckpointHistory::counts(uint64_t in_progress) const {
  CheckpointCounts counts = counts_;
  counts.in_progress = in_progress;
  return counts;
}

std::optional<CheckpointStatistics> CheckpointHistory::last() const {
  return complete_.empty() ? std::nullopt : std::optional(complete_.back());
}

CheckpointStatistics cost_of(const Checkpoint& checkpoint, const std::vector<TaskSnapshotPtr>& snapshots,
                             bool is_savepoint) {
  CheckpointStatistics cost;
  cost.id = checkpoint.id;
  cost.is_savepoint = is_savepoint;
  cost.trigger_timestamp = checkpoint.epoch_millis;
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (!subtask.state) continue;
      cost.checkpointed_size += encoded_size(*subtask.state);
      cost.state_size += size_with_shared(*subtask.state);
    }
  }
  for (const TaskSnapshotPtr& snapshot : snapshots) {
    cost.sync_duration = std::max(cost.sync_duration, static_cast<double>(snapshot->sync_nanos) / 1e6);
    cost.async_duration = std::max(cost.async_duration, static_cast<double>(snapshot->async_nanos) / 1e6);
    cost.checkpointed_size += snapshot->new_shared_bytes;
  }
  return cost;
}

}  // namespace pf
