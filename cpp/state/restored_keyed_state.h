#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "state/keyed_files.h"
#include "state/keyed_snapshot.h"

namespace pf {

/// What a subtask goes on from of keyed state: of all snapshots and files, the rows of its own key groups; or
/// the files of its own snapshot, with which its store goes on. What it was made of is let go as its states
/// are taken. One thread at a time; copies are independent.
class RestoredKeyedState {
 public:
  /// Throws Error when a snapshot has another maximum parallelism.
  RestoredKeyedState(std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots,
                     std::vector<std::shared_ptr<const UnpackedFiles>> to_read,
                     std::shared_ptr<const UnpackedFiles> files, uint32_t subtask, uint32_t parallelism,
                     uint32_t max_parallelism);

  void for_each_row(const std::string& name, const KeyedRowVisitor& visitor) const;
  /// Those that the store hasn't got with its files.
  void for_each_other_row(const std::string& name, const KeyedRowVisitor& visitor) const;
  /// Each state of the snapshots; the same one from several of them.
  void for_each_state(const std::function<void(const KeyedStateInfo& state)>& visitor) const;
  /// Null where the state is in no files of the store.
  const KeyedFiles::State* in_files(const std::string& name) const;
  bool has_files() const { return files_ != nullptr; }

  /// Nobody asks for the state again.
  void take(const std::string& name);
  /// Where most of what is in memory has been taken, the rest of it is copied, so that the whole can go.
  void shrink();

 private:
  bool is_taken(const KeyedStateInfo& state) const { return taken_.contains(state.name); }
  void check(const KeyedSnapshot& snapshot) const;

  std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots_;
  std::vector<std::shared_ptr<const UnpackedFiles>> to_read_;
  std::shared_ptr<const UnpackedFiles> files_;  // of the store; null where it was made of none
  uint32_t max_parallelism_;
  KeyGroups groups_;
  std::set<std::string> taken_;
};

}  // namespace pf
