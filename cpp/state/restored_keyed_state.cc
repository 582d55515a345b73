#include "state/restored_keyed_state.h"

#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "model/key_group.h"

namespace pf {

RestoredKeyedState::RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots,
                                       std::shared_ptr<const UnpackedFiles> files, uint32_t subtask,
                                       uint32_t parallelism, uint32_t max_parallelism)
    : snapshots_(std::move(snapshots)),
      files_(std::move(files)),
      subtask_(subtask),
      parallelism_(parallelism),
      max_parallelism_(max_parallelism) {
  for (const auto& snapshot : snapshots_) check(*snapshot);
  if (files_) check(*files_->files().rest);
}

void RestoredKeyedState::check(const KeyedSnapshot& snapshot) const {
  if (snapshot.max_parallelism() == max_parallelism_) return;
  throw Error("the state was saved with a maximum parallelism of " +
              std::to_string(snapshot.max_parallelism()) + ", and the operator has " +
              std::to_string(max_parallelism_) + " now: set it back, since keys are grouped by it");
}

void RestoredKeyedState::for_each_row(const std::string& name, const Visitor& visitor) const {
  for (const auto& snapshot : snapshots_) for_each_row(*snapshot, name, visitor);
  if (!files_) return;
  for_each_row(in_files(name) ? *files_->rows() : *files_->files().rest, name, visitor);
}

void RestoredKeyedState::for_each_other_row(const std::string& name, const Visitor& visitor) const {
  for (const auto& snapshot : snapshots_) for_each_row(*snapshot, name, visitor);
  if (files_) for_each_row(*files_->files().rest, name, visitor);
}

void RestoredKeyedState::for_each_row(const KeyedSnapshot& snapshot, const std::string& name,
                                      const Visitor& visitor) const {
  for (const KeyedSnapshot::State& state : snapshot.states()) {
    if (state.name != name) continue;
    snapshot.for_each_row(state, [&](const KeyedRow& row) {
      uint32_t subtask = subtask_of_key_group(row.key_group + (PFPP_MUTANT("key_group_off_by_one") ? 1 : 0),
                                              max_parallelism_, parallelism_);
      if (subtask == subtask_) visitor(state, row);
    });
  }
}

void RestoredKeyedState::for_each_state(
    const std::function<void(const KeyedStateInfo& state)>& visitor) const {
  for (const auto& snapshot : snapshots_) {
    for (const KeyedSnapshot::State& state : snapshot->states()) visitor(state);
  }
  if (!files_) return;
  for (const KeyedStateInfo& state : files_->states()) visitor(state);
}

const KeyedFiles::State* RestoredKeyedState::in_files(const std::string& name) const {
  if (!files_) return nullptr;
  for (const KeyedFiles::State& state : files_->files().states) {
    if (state.name == name) return &state;
  }
  return nullptr;
}

}  // namespace pf
