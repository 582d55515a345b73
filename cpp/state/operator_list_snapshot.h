#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pf {

/// What happens to the items of a list state when a job goes on from a snapshot.
enum class Redistribution : uint8_t {
  kSplit = 0,  // each goes to one subtask: where it was or, at another parallelism, dealt out evenly
  kUnion = 1,  // all items of all subtasks go to each subtask
};

/// The list states of one subtask of an operator at a moment, in the bytes that
/// docs/formats/operator_list_snapshot.md describes. Immutable; any thread.
class OperatorListSnapshot {
 public:
  /// Throws Error when the bytes are damaged or of a later version.
  explicit OperatorListSnapshot(std::string bytes);
  OperatorListSnapshot(const OperatorListSnapshot&) = delete;
  OperatorListSnapshot& operator=(const OperatorListSnapshot&) = delete;

  const std::string& bytes() const { return bytes_; }

  struct State {
    std::string name;
    std::string schema;
    Redistribution redistribution = Redistribution::kSplit;
    std::vector<std::string_view> items;
  };
  const std::vector<State>& states() const { return states_; }
  /// Null when there is none of the name.
  const State* find(std::string_view name) const;

 private:
  std::string bytes_;
  std::vector<State> states_;
};

/// Writes one: `begin_state`, its items, the next state, ..., `finish`.
class OperatorListSnapshotWriter {
 public:
  OperatorListSnapshotWriter();
  void begin_state(std::string_view name, std::string_view schema, Redistribution redistribution,
                   size_t items);
  void add_item(std::string_view item);
  std::string finish();

 private:
  std::string bytes_;
};

}  // namespace pf
