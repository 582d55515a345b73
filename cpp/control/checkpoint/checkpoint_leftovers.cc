#include "control/checkpoint/checkpoint_leftovers.h"

#include <deque>
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

/// However deep somebody may have put something.
constexpr size_t kAllLevels = 100;
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

void remove_if_empty(const Location& folder) {
  try {
    folder.remove();
  } catch (const FileError&) {  // there is something of somebody else's
  }
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
      remove_if_empty(job_ / name);
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

/// The names of the files in its folder, and in those below.
std::set<std::string> names_in(const Location& job) {
  std::set<std::string> names;
  for (const auto& [file, written] : job.find(kAllLevels)) names.emplace(file.name());
  return names;
}

/// Jobs beside this one that went on from it.
std::vector<Location> heirs_of(const Location& job) {
  std::vector<Location> heirs;
  for (const auto& [file, written] : job.parent().find(1)) {
    const Location heir = file.parent();
    if (file.name() == kOriginName && is_job(heir.name()) && file.read() == job.name()) heirs.push_back(heir);
  }
  return heirs;
}

/// The jobs that this one goes back to, the first of all first, as far as they say so themselves.
std::deque<Location> origins_of(const Location& job) {
  std::deque<Location> origins;
  std::set<std::string> seen{job.name()};
  std::optional<std::string> origin = (job / kOriginName).read();
  while (origin && is_job(*origin) && seen.insert(*origin).second) {
    const Location at = job.parent() / *origin;
    origin = (at / kOriginName).read();
    if (origin) origins.push_front(at);
  }
  return origins;
}

/// Whether nothing is left of the job but where it came from. Of an heir with a checkpoint nothing is
/// removed: somebody may choose to go on from that.
bool clean_if_dead(const Location& job, bool is_heir, Leftovers& gone) {
  const FolderLock lock = job.lock();
  if (lock.state() != FolderLock::State::kHeld) return false;
  if (is_heir && names_in(job).contains(std::string(kMetadataName))) return false;
  Cleaner(job).clean(gone);
  return names_in(job) == std::set<std::string>{std::string(kOriginName)};
}

}  // namespace

Leftovers remove_leftovers(const Location& checkpoint) {
  Leftovers gone;
  const Location job = checkpoint.parent();
  try {
    const std::optional<std::string> metadata = (checkpoint / kMetadataName).read();
    if (!is_job(job.name()) || !metadata || !is_of_job_that_locks(*metadata)) return gone;
    const FolderLock lock = job.lock();
    if (lock.state() != FolderLock::State::kHeld) return gone;
    Cleaner(job).clean(gone);
    for (const Location& heir : heirs_of(job)) {
      if (clean_if_dead(heir, /*is_heir=*/true, gone)) heir.remove_folder();
    }
    // One of which something is left says where those before it are.
    bool is_end = true;
    for (const Location& origin : origins_of(job)) {
      is_end = clean_if_dead(origin, /*is_heir=*/false, gone) && is_end;
      if (is_end) origin.remove_folder();
    }
  } catch (const Error&) {  // what is still there stays
  }
  return gone;
}

}  // namespace pf
