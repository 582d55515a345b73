#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/file_system.h"
#include "control/checkpoint/checkpoint.h"

namespace pf::testing {

/// Which shared files of a process there have to be: those that its complete checkpoints refer to, and in the
/// end no others. Says what is wrong, if anything is. Plain code, no thread.
class FileReferences {
 public:
  using Violation = std::optional<std::string>;

  void on_put(const std::string& name) { there_.insert(name); }
  Violation on_complete(const Checkpoint& checkpoint);
  void on_discard(uint64_t checkpoint) { needed_.erase(checkpoint); }
  Violation on_remove(const std::string& name);
  /// The job has finished, and its checkpoints are gone. `shared` is the folder of its files.
  static Violation on_finished(const std::filesystem::path& shared);

  /// The shared files to which of the checkpoints in one folder only this one refers.
  static std::set<std::string> only_of(const Location& checkpoint);
  /// The checkpoint has been removed, and had those files for itself.
  static Violation on_removed(const Location& checkpoint, const std::set<std::string>& only);

 private:
  std::set<std::string> there_;
  std::map<uint64_t, std::set<std::string>> needed_;  // by complete checkpoints that are kept
};

}  // namespace pf::testing
