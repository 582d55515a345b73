#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/in_flight_snapshot.h"
#include "state/keyed_files.h"
#include "state/keyed_snapshot.h"
#include "state/operator_list_snapshot.h"
#include "state/unwritten_state.h"

namespace pf {

/// What one subtask of an operator remembers at a moment. Null is what the operator has none of. It refers to
/// nothing that goes on changing, so any thread may store it; what is `unwritten` goes into `keyed` or
/// `files` before.
struct OperatorSnapshot {
  std::shared_ptr<const KeyedSnapshot> keyed = nullptr;
  /// State that all subtasks have alike.
  std::shared_ptr<const KeyedSnapshot> broadcast = nullptr;
  /// State of the subtask itself, in items.
  std::shared_ptr<const OperatorListSnapshot> lists = nullptr;
  /// What was on its way to it and its barrier has overtaken.
  std::shared_ptr<const InFlightSnapshot> in_flight = nullptr;
  /// Keyed state that is yet to be written; never in a checkpoint.
  std::shared_ptr<UnwrittenState> unwritten = nullptr;
  /// In place of `keyed`, in a checkpoint that is being stored.
  std::shared_ptr<const KeyedFiles> files = nullptr;
  /// In place of `keyed`, in what an operator goes on from.
  std::shared_ptr<const UnpackedFiles> unpacked = nullptr;

  bool has_keyed_state() const { return keyed || unpacked; }
  /// Of what an operator goes on from: the rows of one state in these key groups.
  void for_each_keyed_row(const std::string& name, KeyGroups groups, const KeyedRowVisitor& visitor) const {
    if (unpacked) unpacked->for_each_row(name, groups, visitor);
    if (keyed) keyed->for_each_row(name, groups, visitor);
  }
  /// Likewise: which states there are; some may be there twice.
  std::vector<KeyedStateInfo> keyed_states() const {
    if (unpacked) return unpacked->states();
    if (!keyed) return {};
    return {keyed->states().begin(), keyed->states().end()};
  }
};

/// With all that was unwritten written, at once: on the task's thread, where nothing may be kept in files.
OperatorSnapshot written_at_once(OperatorSnapshot snapshot);

}  // namespace pf
