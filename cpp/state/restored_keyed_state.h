#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "state/keyed_snapshot.h"

namespace pf {

/// What a subtask goes on from of keyed state: of all snapshots, the rows of its own key groups. Immutable;
/// any thread.
class RestoredKeyedState {
 public:
  /// Throws Error when a snapshot has another maximum parallelism.
  RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots, uint32_t subtask,
                     uint32_t parallelism, uint32_t max_parallelism);

  using Visitor = std::function<void(const KeyedSnapshot::State& state, const KeyedRow& row)>;
  void for_each_row(const std::string& name, const Visitor& visitor) const;
  /// Each state of the snapshots; the same one from several of them.
  void for_each_state(const std::function<void(const KeyedSnapshot::State& state)>& visitor) const;

 private:
  std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots_;
  uint32_t subtask_;
  uint32_t parallelism_;
  uint32_t max_parallelism_;
};

}  // namespace pf
