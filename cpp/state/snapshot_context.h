#pragma once

#include <cstdint>

namespace pf {

/// For which checkpoint state is taken.
struct SnapshotContext {
  /// Grows from checkpoint to checkpoint of a job.
  int64_t checkpoint_id = 0;
  /// When the checkpoint was begun, in milliseconds since the epoch.
  int64_t timestamp = 0;
  /// It is to be complete by itself, and the same from every backend.
  bool savepoint = false;
};

}  // namespace pf
