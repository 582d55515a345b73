#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serde/serializer.h"
#include "state/operator_list_snapshot.h"

namespace pf {

/// A list that belongs to a subtask rather than to a key: Flink's operator list state and union list state.
/// Owned by its backend; same thread.
class OperatorListState {
 public:
  OperatorListState(SerializerPtr items, Redistribution redistribution)
      : serializer_(std::move(items)), redistribution_(redistribution) {}
  /// Holds the values, too.
  OperatorListState(const OperatorListState& other);
  ~OperatorListState() { clear(); }
  OperatorListState& operator=(const OperatorListState&) = delete;

  /// In their order; the state's own.
  const std::vector<Datum>& items() const { return items_; }
  void add(Datum owned) { items_.push_back(owned); }
  /// Replaces the list.
  void update(std::vector<Datum> owned);
  void clear() { update({}); }

  const Serializer& serializer() const { return *serializer_; }
  Redistribution redistribution() const { return redistribution_; }

 private:
  const SerializerPtr serializer_;
  const Redistribution redistribution_;
  std::vector<Datum> items_;
};

/// The list states of one operator in one subtask, by name. Decoded and in memory, whatever backend keeps the
/// keyed state. Lives on the task's thread. What a checkpoint keeps: everything, by `snapshot`.
class OperatorStateBackend {
 public:
  /// Of each subtask that the job had; null where it had none. Empty at a fresh start.
  using Restored = std::vector<std::shared_ptr<const OperatorListSnapshot>>;

  OperatorStateBackend(uint32_t subtask, uint32_t parallelism, Restored restored);

  /// Again with the same name gives the same state; it lives as long as the backend. Throws Error when
  /// redistribution or type differ from before, or from what a snapshot restored.
  OperatorListState& declare(const std::string& name, Redistribution redistribution, SerializerPtr items);
  /// Whether some subtask had a state of the name, be it an empty one.
  bool was_restored(std::string_view name) const { return restored_.find(name) != restored_.end(); }

  /// Null when there is no state.
  std::shared_ptr<const OperatorListSnapshot> snapshot() const;

 private:
  /// What this subtask goes on from; the items' bytes lie in `snapshots_`.
  struct RestoredList {
    std::string schema;
    Redistribution redistribution = Redistribution::kSplit;
    std::vector<std::vector<std::string_view>> of_subtasks;  // before
    std::vector<std::string_view> items;                     // of this one
  };
  void gather();
  void deal_out();

  const uint32_t subtask_;
  const uint32_t parallelism_;
  const Restored snapshots_;
  std::map<std::string, RestoredList, std::less<>> restored_;
  std::map<std::string, OperatorListState, std::less<>> states_;
};

}  // namespace pf
