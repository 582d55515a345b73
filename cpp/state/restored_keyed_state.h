#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "state/keyed_files.h"
#include "state/keyed_snapshot.h"

namespace pf {

/// What a subtask goes on from of keyed state: of all snapshots, the rows of its own key groups; or the files
/// of its own snapshot, with which its store goes on. Immutable; any thread.
class RestoredKeyedState {
 public:
  /// Throws Error when a snapshot has another maximum parallelism.
  RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots,
                     std::shared_ptr<const UnpackedFiles> files, uint32_t subtask, uint32_t parallelism,
                     uint32_t max_parallelism);

  using Visitor = std::function<void(const KeyedSnapshot::State& state, const KeyedRow& row)>;
  /// Those that are in files, too.
  void for_each_row(const std::string& name, const Visitor& visitor) const;
  /// Those that are in no files.
  void for_each_other_row(const std::string& name, const Visitor& visitor) const;
  /// Each state of the snapshots; the same one from several of them.
  void for_each_state(const std::function<void(const KeyedStateInfo& state)>& visitor) const;
  /// Null where the state is in no files.
  const KeyedFiles::State* in_files(const std::string& name) const;

 private:
  void check(const KeyedSnapshot& snapshot) const;
  void for_each_row(const KeyedSnapshot& snapshot, const std::string& name, const Visitor& visitor) const;

  std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots_;
  std::shared_ptr<const UnpackedFiles> files_;  // null where there are none
  uint32_t subtask_;
  uint32_t parallelism_;
  uint32_t max_parallelism_;
};

}  // namespace pf
