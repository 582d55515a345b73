#include "state/restored_keyed_state.h"

#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "model/key_group.h"

namespace pf {

RestoredKeyedState::RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots,
                                       uint32_t subtask, uint32_t parallelism, uint32_t max_parallelism)
    : snapshots_(std::move(snapshots)),
      subtask_(subtask),
      parallelism_(parallelism),
      max_parallelism_(max_parallelism) {
  for (const auto& snapshot : snapshots_) {
    if (snapshot->max_parallelism() == max_parallelism_) continue;
    throw Error("the state was saved with a maximum parallelism of " +
                std::to_string(snapshot->max_parallelism()) + ", and the operator has " +
                std::to_string(max_parallelism_) + " now: set it back, since keys are grouped by it");
  }
}

void RestoredKeyedState::for_each_row(const std::string& name, const Visitor& visitor) const {
  for (const auto& snapshot : snapshots_) {
    for (const KeyedSnapshot::State& state : snapshot->states()) {
      if (state.name != name) continue;
      snapshot->for_each_row(state, [&](const KeyedRow& row) {
        uint32_t subtask = subtask_of_key_group(row.key_group + (PFPP_MUTANT("key_group_off_by_one") ? 1 : 0),
                                                max_parallelism_, parallelism_);
        if (subtask == subtask_) visitor(state, row);
      });
    }
  }
}

void RestoredKeyedState::for_each_state(
    const std::function<void(const KeyedSnapshot::State& state)>& visitor) const {
  for (const auto& snapshot : snapshots_) {
    for (const KeyedSnapshot::State& state : snapshot->states()) visitor(state);
  }
}

}  // namespace pf
