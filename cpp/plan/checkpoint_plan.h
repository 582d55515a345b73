#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "control/checkpoint/barrier_aligner.h"
#include "control/checkpoint/checkpoint_coordinator.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf {

/// How a job takes its checkpoints. Without an interval, only savepoints.
struct CheckpointPlan {
  /// When to delete the last ones of a job that has ended otherwise than by finishing: once it has finished,
  /// none is kept.
  enum class Cleanup : uint8_t { kAlways, kOnCancellation, kNever };

  CheckpointSettings settings;
  BarrierAligner::Mode mode = BarrierAligner::Mode::kExactlyOnce;
  /// How long after its trigger a barrier may overtake what is on its way, in milliseconds; none: never.
  /// Those of savepoints never do.
  std::optional<int64_t> overtake_after;
  /// Also where a user's partitioner decides the way, so that what is in flight can't go on at another
  /// parallelism.
  bool overtake_by_force = false;
  std::function<std::unique_ptr<CheckpointStorage>(const JobId&)> make_storage;
  Cleanup cleanup = Cleanup::kAlways;
  /// Of a subtask's state in savepoints: what is no larger has no file of its own.
  size_t savepoint_inline_bytes = 20 * 1024;
};

}  // namespace pf
