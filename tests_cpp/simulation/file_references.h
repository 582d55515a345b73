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

/// Which shared files there have to be on a disk of checkpoints: those that complete ones refer to, and in
/// the end no others. Says what is wrong, if anything is. Plain code, no thread.
class FileReferences {
 public:
  using Violation = std::optional<std::string>;

  /// `disk` is the folder of all jobs, `job` the name of that in it of the job that runs.
  FileReferences(std::filesystem::path disk, std::string job)
      : disk_(std::move(disk)), job_(std::move(job)) {}

  Violation on_complete(const Checkpoint& checkpoint);
  void on_discard(uint64_t checkpoint) { needed_.erase(checkpoint); }
  /// Some file has been removed.
  Violation on_removed() const;
  /// The job has finished, and its checkpoints are gone.
  Violation on_finished() const;

  /// The process has died, and what it has left over has been removed from the folder of its job.
  static Violation on_recovered(const std::filesystem::path& disk, const Location& job);
  /// The shared files to which of the checkpoints on the disk only this one refers.
  static std::set<std::filesystem::path> only_of(const std::filesystem::path& disk,
                                                 const Location& checkpoint);
  /// The checkpoint has been removed, and had those files for itself.
  static Violation on_claimed_removed(const std::filesystem::path& disk, const Location& checkpoint,
                                      const std::set<std::filesystem::path>& only);

 private:
  const std::filesystem::path disk_;
  const std::string job_;
  std::map<uint64_t, std::set<std::filesystem::path>> needed_;  // by complete checkpoints that are kept
};

}  // namespace pf::testing
