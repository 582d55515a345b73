#pragma once

#include <memory>

#include "state/keyed_snapshot.h"

namespace pf {

/// What one subtask of an operator remembers at a moment, complete by itself: it refers to nothing that goes
/// on changing, so it may be written out by any thread while the operator works on.
struct OperatorSnapshot {
  /// Null when the operator has no keyed state.
  std::shared_ptr<const KeyedSnapshot> keyed;
  /// State that all subtasks have alike; null when there is none.
  std::shared_ptr<const KeyedSnapshot> broadcast;
};

}  // namespace pf
