#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataflow/operator/operator.h"

namespace pf {

/// How a source remembers what it has still to read: as splits, in bytes that the source understands, in a
/// list state that is dealt out among its subtasks. Those that a subtask has begun are split where it stands.
/// Owned by the source; same thread.
class SplitState {
 public:
  /// `schema` says what the bytes are, as JSON.
  SplitState(const OperatorContext& context, std::string schema);

  /// What this subtask has to read; nothing at a fresh start, where the source deals out its splits itself.
  std::optional<std::vector<std::string>> restored() const;
  OperatorSnapshot snapshot(const std::vector<std::string>& splits);

 private:
  const std::unique_ptr<OperatorStateBackend> state_;
  const bool restored_;
  OperatorListState& splits_;
};

}  // namespace pf
