#include "simulation/file_references.h"

#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

/// Files of other jobs are named with them.
fs::path path_of(const fs::path& disk, const std::string& job, const std::string& name) {
  const size_t slash = name.find('/');
  if (slash == std::string::npos) return disk / job / "shared" / name;
  return disk / name.substr(0, slash) / "shared" / name.substr(slash + 1);
}

std::set<fs::path> files_of(const fs::path& disk, const Location& checkpoint) {
  std::set<fs::path> files;
  for (const std::string& name : shared_files_of((checkpoint / "_metadata").read().value())) {
    files.insert(path_of(disk, checkpoint.parent().name(), name));
  }
  return files;
}

/// The first that is gone of those that some complete checkpoint refers to.
FileReferences::Violation one_gone(const fs::path& disk) {
  for (const Location& checkpoint : find_checkpoints(disk)) {
    for (const fs::path& file : files_of(disk, checkpoint)) {
      if (fs::exists(file)) continue;
      return checkpoint.name() + " refers to " + file.string() + ", which is gone";
    }
  }
  return std::nullopt;
}

}  // namespace

FileReferences::Violation FileReferences::on_complete(const Checkpoint& checkpoint) {
  std::set<fs::path>& needed = needed_[checkpoint.id];
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (!subtask.state || !subtask.state->files) continue;
      for (const KeyedFiles::Shared& shared : subtask.state->files->shared) {
        needed.insert(path_of(disk_, job_, shared.file.name));
      }
    }
  }
  return on_removed();
}

FileReferences::Violation FileReferences::on_removed() const {
  for (const auto& [checkpoint, files] : needed_) {
    for (const fs::path& file : files) {
      if (fs::exists(file)) continue;
      return "checkpoint " + std::to_string(checkpoint) + " is kept, and its file " + file.string() +
             " is gone";
    }
  }
  return std::nullopt;
}

FileReferences::Violation FileReferences::on_finished() const {
  const fs::path shared = disk_ / job_ / "shared";
  if (!fs::exists(shared)) return std::nullopt;
  for (const auto& file : fs::directory_iterator(shared)) {
    return "the job has finished, and its file " + file.path().string() + " is still there";
  }
  return std::nullopt;
}

FileReferences::Violation FileReferences::on_recovered(const fs::path& disk, const Location& job) {
  const fs::path shared = disk / job.name() / "shared";
  if (fs::exists(shared)) {
    std::set<fs::path> needed;
    for (const Location& checkpoint : find_checkpoints(disk)) needed.merge(files_of(disk, checkpoint));
    for (const auto& file : fs::directory_iterator(shared)) {
      if (needed.contains(file.path())) continue;
      return "nobody needs " + file.path().string() + ", and nobody has removed it";
    }
  }
  return one_gone(disk);
}

std::set<fs::path> FileReferences::only_of(const fs::path& disk, const Location& checkpoint) {
  std::set<fs::path> files = files_of(disk, checkpoint);
  for (const Location& other : find_checkpoints(disk)) {
    if (other.path() == checkpoint.path()) continue;
    for (const fs::path& file : files_of(disk, other)) files.erase(file);
  }
  return files;
}

FileReferences::Violation FileReferences::on_claimed_removed(const fs::path& disk, const Location& checkpoint,
                                                             const std::set<fs::path>& only) {
  if ((checkpoint / "_metadata").read()) return checkpoint.name() + " was claimed, and has not been removed";
  for (const fs::path& file : only) {
    if (fs::exists(file)) return file.string() + " is still there, and " + checkpoint.name() + " is not";
  }
  return one_gone(disk);
}

}  // namespace pf::testing
