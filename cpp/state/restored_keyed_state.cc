#include "state/restored_keyed_state.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "model/key_group.h"

namespace pf {

RestoredKeyedState::RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots,
                                       std::vector<std::shared_ptr<const UnpackedFiles>> to_read,
                                       std::shared_ptr<const UnpackedFiles> files, uint32_t subtask,
                                       uint32_t parallelism, uint32_t max_parallelism)
    : snapshots_(std::move(snapshots)),
      to_read_(std::move(to_read)),
      files_(std::move(files)),
      max_parallelism_(max_parallelism),
      groups_(key_groups_of(subtask, max_parallelism, parallelism)) {
  for (const auto& snapshot : snapshots_) check(*snapshot);
  for (const auto& of_subtask : to_read_) check(*of_subtask->files().rest);
  if (files_) check(*files_->files().rest);
  if (PFPP_MUTANT("key_group_off_by_one")) {
    --groups_.end;
    if (groups_.first > 0) --groups_.first;
  }
}

void RestoredKeyedState::check(const KeyedSnapshot& snapshot) const {
  if (snapshot.max_parallelism() == max_parallelism_) return;
  throw Error("the state was saved with a maximum parallelism of " +
              std::to_string(snapshot.max_parallelism()) + ", and the operator has " +
              std::to_string(max_parallelism_) + " now: set it back, since keys are grouped by it");
}

void RestoredKeyedState::for_each_row(const std::string& name, const KeyedRowVisitor& visitor) const {
  for (const auto& snapshot : snapshots_) snapshot->for_each_row(name, groups_, visitor);
  for (const auto& of_subtask : to_read_) of_subtask->for_each_row(name, groups_, visitor);
  if (files_) files_->for_each_row(name, groups_, visitor);
}

void RestoredKeyedState::for_each_other_row(const std::string& name, const KeyedRowVisitor& visitor) const {
  for (const auto& snapshot : snapshots_) snapshot->for_each_row(name, groups_, visitor);
  for (const auto& of_subtask : to_read_) of_subtask->for_each_row(name, groups_, visitor);
  if (files_) files_->files().rest->for_each_row(name, groups_, visitor);
}

void RestoredKeyedState::for_each_state(
    const std::function<void(const KeyedStateInfo& state)>& visitor) const {
  for (const auto& snapshot : snapshots_) {
    for (const KeyedSnapshot::State& state : snapshot->states()) visitor(state);
  }
  for (const auto& of_subtask : to_read_) {
    for (const KeyedStateInfo& state : of_subtask->states()) visitor(state);
  }
  if (!files_) return;
  for (const KeyedStateInfo& state : files_->states()) visitor(state);
}

void RestoredKeyedState::take(const std::string& name) {
  if (!taken_.insert(name).second) return;
  const auto all_taken = [this](const auto& states) {
    return std::all_of(states.begin(), states.end(), [this](const auto& state) { return is_taken(state); });
  };
  std::erase_if(snapshots_, [&](const auto& snapshot) { return all_taken(snapshot->states()); });
  std::erase_if(to_read_, [&](const auto& of_subtask) { return all_taken(of_subtask->states()); });
  if (files_ && all_taken(files_->states())) files_ = nullptr;
}

void RestoredKeyedState::shrink() {
  size_t all = 0, left = 0;
  for (const auto& snapshot : snapshots_) {
    for (const KeyedSnapshot::State& state : snapshot->states()) {
      all += state.rows.size();
      if (!is_taken(state)) left += state.rows.size();
    }
  }
  if (2 * left >= all) return;
  for (auto& snapshot : snapshots_) {
    KeyedSnapshotWriter rest(max_parallelism_);
    for (const KeyedSnapshot::State& state : snapshot->states()) {
      if (is_taken(state)) continue;
      rest.begin_state(state);
      snapshot->for_each_row(state, [&](const KeyedRow& row) {
        if (groups_.contains(row.key_group)) rest.add_row(row);
      });
    }
    snapshot = std::make_shared<KeyedSnapshot>(rest.finish());
  }
}

const KeyedFiles::State* RestoredKeyedState::in_files(const std::string& name) const {
  if (!files_) return nullptr;
  for (const KeyedFiles::State& state : files_->files().states) {
    if (state.name == name) return &state;
  }
  return nullptr;
}

}  // namespace pf
