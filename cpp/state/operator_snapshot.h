#pragma once

#include <memory>

#include "state/keyed_snapshot.h"
#include "state/operator_list_snapshot.h"

namespace pf {

/// What one subtask of an operator remembers at a moment, complete by itself: it refers to nothing that goes
/// on changing, so it may be written out by any thread while the operator works on. Null is what the operator
/// has none of.
struct OperatorSnapshot {
  std::shared_ptr<const KeyedSnapshot> keyed = nullptr;
  /// State that all subtasks have alike.
  std::shared_ptr<const KeyedSnapshot> broadcast = nullptr;
  /// State of the subtask itself, in items.
  std::shared_ptr<const OperatorListSnapshot> lists = nullptr;
};

}  // namespace pf
