#include "control/checkpoint/checkpoint_leftovers.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "control/checkpoint/checkpoint_folders.h"
#include "control/checkpoint/checkpoint_format.h"

namespace pf {
namespace {

/// As `write_durably` calls what it is at.
constexpr std::string_view kUnfinished = ".unfinished";

/// Only where a lock was to be had, so on this machine.
uint64_t size_of(const Location& file) {
  std::error_code gone;
  const auto size = std::filesystem::file_size(file.path(), gone);
  return gone ? 0 : size;
}

bool is_of_a_checkpoint(std::string_view name) {
  if (name.ends_with(kUnfinished)) name.remove_suffix(kUnfinished.size());
  return name == kMetadataName || name.starts_with(kStatePrefix);
}

/// Of RocksDB: nothing else is shared.
bool is_shared_state(std::string_view name) {
  if (name.ends_with(kUnfinished)) name.remove_suffix(kUnfinished.size());
  return name.ends_with(".sst");
}

class Cleaner {
 public:
  explicit Cleaner(Location job) : job_(std::move(job)) {}

  void clean(Leftovers& gone) {
    look_around();
    for (const std::string& name : unreferenced(job_, shared_)) remove(shared_in(job_, name), gone);
    for (const auto& [name, files] : checkpoints_) {
      if (!is_left_over(files)) continue;
      for (const Location& file : files) remove(file, gone);
      (job_ / name).remove_folder();
    }
  }

 private:
  void look_around() {
    for (const auto& [file, written] : job_.find(kLevels - 1)) {
      const std::string folder = file.parent().name();
      if (folder == kSharedFolder) {
        if (is_shared_state(file.name())) shared_.insert(file.name());
      } else if (checkpoint_id_of(folder)) {
        checkpoints_[folder].push_back(file);
      }
    }
  }
  static bool is_left_over(const std::vector<Location>& files) {
    for (const Location& file : files) {
      if (file.name() == kMetadataName || !is_of_a_checkpoint(file.name())) return false;
    }
    return true;
  }
  static void remove(const Location& file, Leftovers& gone) {
    const uint64_t bytes = size_of(file);
    file.remove();
    ++gone.files;
    gone.bytes += bytes;
  }

  const Location job_;
  std::set<std::string> shared_;
  std::map<std::string, std::vector<Location>> checkpoints_;  // the files in their folders
};

}  // namespace

Leftovers remove_leftovers(const Location& checkpoint) {
  Leftovers gone;
  const Location job = checkpoint.parent();
  try {
    const std::optional<std::string> metadata = (checkpoint / kMetadataName).read();
    if (!is_job(job.name()) || !metadata || !is_of_job_that_locks(*metadata)) return gone;
    const FolderLock lock = job.lock();
    if (lock.state() == FolderLock::State::kHeld) Cleaner(job).clean(gone);
  } catch (const Error&) {  // what is still there stays
  }
  return gone;
}

}  // namespace pf
