#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "control/checkpoint/checkpoint_folders.h"
#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"
#include "control/checkpoint/state_sizes.h"

namespace pf {
namespace {

/// Of those jobs' folders; none where somebody has one of them, and may remove its files.
std::optional<std::vector<FolderLock>> locks_of(const Location& all_jobs, const std::set<std::string>& jobs) {
  std::vector<FolderLock> locks;
  for (const std::string& job : jobs) {
    locks.push_back((all_jobs / job).lock());
    if (locks.back().state() == FolderLock::State::kTaken) return std::nullopt;
  }
  return locks;
}

class FileCheckpointStorage final : public CheckpointStorage {
 public:
  FileCheckpointStorage(FileStorageOptions options, const JobId& job)
      : options_(std::move(options)), folder_(options_.folder / job.hex()) {}

  void store(const Checkpoint& checkpoint) override {
    if (options_.max_state_bytes) check_state_sizes(checkpoint, *options_.max_state_bytes);
    use_folder();
    store_checkpoint(checkpoint, folder_of(checkpoint.id), options_.inline_bytes);
  }

  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    return load_checkpoint(folder_of(id), options);
  }

  bool discard(uint64_t id) override {
    Location folder = folder_of(id);
    bool is_gone = false;
    try {
      // First: what is half gone is no checkpoint.
      PFPP_FAULT("storage.discard");
      const std::string state = std::string(kStatePrefix) + "1";
      (folder / (PFPP_MUTANT("metadata_removed_last") ? state : std::string(kMetadataName))).remove();
      is_gone = true;
      PFPP_FAULT("storage.half_discarded");
      folder.remove_folder();
    } catch (const FileError&) {  // it stays, and nothing depends on it
    }
    return is_gone;
  }

  void put_shared(const std::string& name, std::string_view bytes) override {
    use_folder();
    if (!has_shared_folder_) (folder_ / kSharedFolder).make_folders();
    has_shared_folder_ = true;
    const Location file = named_in(folder_ / kSharedFolder, name);
    try {
      PFPP_FAULT("storage.put_shared");
      file.write(bytes);
    } catch (...) {
      // Some systems show what there is of it, and nobody may ever write it again.
      remove_own(name);
      throw;
    }
  }

  void remove_shared(const std::vector<std::string>& names) override {
    std::set<std::string> taken_over;
    for (const std::string& name : names) {
      if (job_in(name_everywhere(folder_.name(), name)) == folder_.name()) {
        remove_own(name);
      } else {
        taken_over.insert(name);
      }
    }
    if (!taken_over.empty()) remove_taken_over(taken_over);
  }

  void goes_on_from(const JobId& origin) override { origin_ = origin.hex(); }

  std::optional<std::vector<SharedFile>> take_over(const Location& checkpoint,
                                                   const std::vector<SharedFile>& files) override {
    const Location of = checkpoint.parent();
    if (!is_job(of.name()) || (options_.folder / of.name()).path() != of.path()) return std::nullopt;
    std::set<std::string> jobs{of.name()};
    std::vector<SharedFile> taken = files;
    for (SharedFile& file : taken) {
      file.name = name_everywhere(of.name(), file.name);
      jobs.insert(job_in(file.name));
    }
    std::optional<std::vector<FolderLock>> locks = locks_of(options_.folder, jobs);
    if (!locks) return std::nullopt;
    // Somebody may have had it since it was read, or know nothing of locks.
    const std::optional<std::string> metadata = (checkpoint / kMetadataName).read();
    if (!metadata || !is_of_job_that_locks(*metadata)) return std::nullopt;
    for (FolderLock& lock : *locks) locks_.push_back(std::move(lock));
    return taken;
  }

  void close(bool is_empty) override {
    try {
      if (has_told_origin_ && is_empty) (folder_ / kOriginName).remove();
    } catch (const FileError&) {  // whoever recovers the origin sees to it
    }
    locks_.clear();
    own_lock_.reset();
  }

  std::string location(uint64_t id) const override { return folder_of(id).path(); }

 private:
  Location folder_of(uint64_t id) const {
    return folder_ / (std::string(kFolderPrefix) + std::to_string(id));
  }

  /// Nobody else refers to it.
  void remove_own(const std::string& name) {
    try {
      PFPP_FAULT("storage.remove_shared");
      named_in(folder_ / kSharedFolder, name).remove();
    } catch (const FileError&) {  // it stays, and nothing depends on it
    }
  }

  void remove_taken_over(const std::set<std::string>& names) {
    try {
      PFPP_FAULT("storage.remove_taken_over");
      for (const std::string& name : unreferenced(folder_, names)) shared_in(folder_, name).remove();
    } catch (const Error&) {  // where a checkpoint can't be read, nobody knows what it shares
    }
  }

  /// Before anything is written.
  void use_folder() {
    if (is_used_) return;
    folder_.make_folders();
    if (!own_lock_) own_lock_ = folder_.lock();
    // Where nobody can tell that the job has died, nobody will ask.
    if (own_lock_->state() == FolderLock::State::kHeld) {
      (folder_ / kOriginName).write(origin_);
      has_told_origin_ = true;
    }
    is_used_ = true;
  }

  const FileStorageOptions options_;
  const Location folder_;
  std::string origin_;  // empty: the job has begun afresh
  bool is_used_ = false, has_shared_folder_ = false, has_told_origin_ = false;
  std::optional<FolderLock> own_lock_;
  std::vector<FolderLock> locks_;  // of jobs with files that this one has taken over
};

std::string read_file(const Location& at, const SharedFile& file) {
  std::optional<std::string> bytes = at.read();
  if (!bytes) throw Error(at.path() + " is gone");
  return checked_shared(std::move(*bytes), file, at.path());
}

/// Removes the shared files that only the checkpoint of that metadata refers to.
void remove_shared_files(const Location& folder, std::string_view metadata) {
  try {
    const std::set<std::string> files = shared_files_of(metadata);
    if (files.empty()) return;
    const Location job = folder.parent();
    std::set<std::string> jobs{job.name()};
    for (const std::string& name : files) jobs.insert(job_in(name_everywhere(job.name(), name)));
    const auto locks = locks_of(job.parent(), jobs);
    if (!locks) return;  // who has one knows what it still needs
    for (const std::string& name : unreferenced(job, files)) shared_in(job, name).remove();
  } catch (const Error&) {  // where a checkpoint can't be read, nobody knows what it shares
  }
}

}  // namespace

std::unique_ptr<CheckpointStorage> make_file_checkpoint_storage(FileStorageOptions options,
                                                                const JobId& job) {
  return std::make_unique<FileCheckpointStorage>(std::move(options), job);
}

void store_checkpoint(const Checkpoint& checkpoint, const Location& folder, size_t inline_bytes) {
  try {
    PFPP_FAULT("storage.begin");
    folder.make_folders();
    uint32_t files = 0;
    auto write = [&](const Checkpoint::Operator&, uint32_t, const OperatorSnapshot& state) {
      StateFile file;
      if (encoded_size(state) <= inline_bytes) return file;
      std::string bytes = encode(state);
      file = {std::string(kStatePrefix) + std::to_string(++files), bytes.size(), crc32c(bytes)};
      (folder / file.name).write(bytes);
      PFPP_FAULT("snapshot.after_upload");
      return file;
    };
    // Last: without it the folder is no checkpoint.
    (folder / kMetadataName).write(encode(checkpoint, write));
    PFPP_FAULT("storage.after_metadata");
  } catch (...) {
    try {
      folder.remove_folder();
    } catch (const FileError&) {  // the first failure says more
    }
    throw;
  }
}

bool remove_checkpoint(const Location& folder, bool with_shared) {
  bool is_gone = false;
  try {
    const std::optional<std::string> metadata = (folder / kMetadataName).read();
    // First: what is half gone is no checkpoint.
    (folder / kMetadataName).remove();
    is_gone = true;
    if (metadata && with_shared) remove_shared_files(folder, *metadata);
    bool is_empty = true;
    for (const auto& [file, written] : folder.find(kLevels)) {
      const bool is_state = file.name().starts_with(kStatePrefix);
      if (is_state) file.remove();
      is_empty = is_empty && is_state;
    }
    if (is_empty) folder.remove_folder();
  } catch (const FileError&) {  // it stays, and nothing depends on it
  }
  return is_gone;
}

Location checkpoint_folder(const Location& path) {
  return path.name() == kMetadataName ? path.parent() : path;
}

Checkpoint load_checkpoint(const Location& path, const LoadOptions& options) {
  Location folder = checkpoint_folder(path);
  PFPP_FAULT("storage.load");
  std::optional<std::string> bytes = (folder / kMetadataName).read();
  if (!bytes) {
    throw Error(folder.path() + " is no checkpoint: it has no file " + std::string(kMetadataName));
  }
  try {
    auto read_shared = [&](const SharedFile& file) {
      return read_file(shared_in(folder.parent(), file.name), file);
    };
    auto unpack = [&](KeyedFiles files) {
      return std::make_shared<UnpackedFiles>(std::move(files), read_shared, options.folder());
    };
    auto read_state = [&](const StateFile& file) {
      return decode_snapshot(read_file(named_in(folder, file.name), file), unpack);
    };
    return decode_checkpoint(*bytes, read_state, unpack, options);
  } catch (const FileError&) {
    throw;  // says nothing of the checkpoint
  } catch (const Error& error) {
    throw DamagedCheckpoint("cannot go on from " + folder.path() + ": " + error.what());
  }
}

std::vector<Location> find_checkpoints(const Location& folder) {
  // Of those that a file system's clock can't tell apart, the one with the higher id is the later one.
  std::map<std::tuple<int64_t, uint64_t, std::string>, Location, std::greater<>> latest_first;
  for (const auto& [file, written] : folder.find(kLevels)) {
    if (file.name() != kMetadataName) continue;
    Location checkpoint = file.parent();
    auto id = checkpoint_id_of(checkpoint.name());
    if (id) latest_first.emplace(std::tuple(written, *id, checkpoint.path()), checkpoint);
  }
  std::vector<Location> folders;
  for (const auto& [when, checkpoint] : latest_first) folders.push_back(checkpoint);
  return folders;
}

}  // namespace pf
