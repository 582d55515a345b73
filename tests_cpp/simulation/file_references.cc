#include "simulation/file_references.h"

#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf::testing {

FileReferences::Violation FileReferences::on_complete(const Checkpoint& checkpoint) {
  std::set<std::string>& needed = needed_[checkpoint.id];
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (!subtask.state || !subtask.state->files) continue;
      for (const KeyedFiles::Shared& shared : subtask.state->files->shared) needed.insert(shared.file.name);
    }
  }
  for (const std::string& name : needed) {
    if (there_.contains(name)) continue;
    return "checkpoint " + std::to_string(checkpoint.id) + " is complete, and its file " + name +
           " is not there";
  }
  return std::nullopt;
}

FileReferences::Violation FileReferences::on_remove(const std::string& name) {
  there_.erase(name);
  for (const auto& [checkpoint, names] : needed_) {
    if (!names.contains(name)) continue;
    return "the file " + name + " is removed, and checkpoint " + std::to_string(checkpoint) + " refers to it";
  }
  return std::nullopt;
}

FileReferences::Violation FileReferences::on_finished(const std::filesystem::path& shared) {
  if (!std::filesystem::exists(shared)) return std::nullopt;
  for (const auto& file : std::filesystem::directory_iterator(shared)) {
    return "the job has finished, and its file " + file.path().filename().string() + " is still there";
  }
  return std::nullopt;
}

std::set<std::string> FileReferences::only_of(const Location& checkpoint) {
  std::set<std::string> names = shared_files_of((checkpoint / "_metadata").read().value());
  for (const Location& other : find_checkpoints(checkpoint.parent())) {
    if (other.path() == checkpoint.path()) continue;
    for (const std::string& name : shared_files_of((other / "_metadata").read().value())) names.erase(name);
  }
  return names;
}

FileReferences::Violation FileReferences::on_removed(const Location& checkpoint,
                                                     const std::set<std::string>& only) {
  if ((checkpoint / "_metadata").read()) return checkpoint.name() + " was claimed, and has not been removed";
  const Location shared = checkpoint.parent() / "shared";
  for (const std::string& name : only) {
    if ((shared / name).read()) return name + " is still there, and " + checkpoint.name() + " is not";
  }
  for (const Location& other : find_checkpoints(checkpoint.parent())) {
    for (const std::string& name : shared_files_of((other / "_metadata").read().value())) {
      if ((shared / name).read()) continue;
      return name + " went with " + checkpoint.name() + ", and " + other.name() + " refers to it";
    }
  }
  return std::nullopt;
}

}  // namespace pf::testing
