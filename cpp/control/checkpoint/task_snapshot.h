#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "state/operator_snapshot.h"

namespace pf {

/// What one subtask remembers at one cut. Immutable; any thread.
struct TaskSnapshot {
  /// Of each operator, by the id that it has in every run of the program.
  std::map<std::string, std::shared_ptr<const OperatorSnapshot>> operators;
  /// Its inputs had ended and it had passed on its last result: whoever goes on from here has nothing to do.
  bool ended = false;
  /// For how long the task did nothing else.
  int64_t sync_nanos = 0;
  /// From its cut until all was written.
  int64_t async_nanos = 0;
  /// Bytes that this checkpoint has stored in files that later ones may refer to.
  uint64_t new_shared_bytes = 0;
};
using TaskSnapshotPtr = std::shared_ptr<const TaskSnapshot>;

}  // namespace pf
