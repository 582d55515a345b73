#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/error.h"
#include "control/checkpoint/checkpoint.h"

namespace pf {

/// Where the checkpoints of one job are kept. One thread at a time; blocks as long as the medium does.
class CheckpointStorage {
 public:
  virtual ~CheckpointStorage() = default;
  /// Once it returns the checkpoint outlives whatever the medium outlives. Throws Error when it can't be
  /// kept, and then nothing of it is found later.
  virtual void store(const Checkpoint& checkpoint) = 0;
  /// Throws Error when there is none of the id, or what is there is not what was stored.
  virtual Checkpoint load(uint64_t id) const = 0;
  /// Nothing where there is none.
  virtual void discard(uint64_t id) = 0;
  /// Where the checkpoint is kept, for people and for `execution.state-recovery.path`; empty where a later
  /// process can't find it.
  virtual std::string location(uint64_t id) const = 0;
};

/// In memory, for as long as the job lives (Flink's `JobManagerCheckpointStorage`): `store` refuses a
/// subtask's state of more than so many bytes.
std::unique_ptr<CheckpointStorage> make_memory_checkpoint_storage(size_t max_state_bytes);

struct FileStorageOptions {
  /// Of all jobs; each gets a folder of its own in it.
  std::filesystem::path folder;
  /// A subtask's state of no more bytes than this has no file of its own.
  size_t inline_bytes = 20 * 1024;
};

/// In `<folder>/<job>/chk-<id>`, as docs/formats/checkpoint.md describes (Flink's
/// `FileSystemCheckpointStorage`). Makes no folder before the first checkpoint.
std::unique_ptr<CheckpointStorage> make_file_checkpoint_storage(FileStorageOptions options, const JobId& job);

/// Writes a checkpoint into a folder of its own, which it makes: savepoints are kept so, too. Throws Error
/// when it can't be kept, and then removes the folder.
void store_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& folder, size_t inline_bytes);
/// Removes the files of a checkpoint, and their folder when nothing else is in it.
void remove_checkpoint(const std::filesystem::path& folder);

/// A checkpoint that isn't what was stored, or was stored by a later release: which, where and why.
class DamagedCheckpoint : public Error {
 public:
  using Error::Error;
};

/// The folder that a path names: itself, or that of the `_metadata` in it.
std::filesystem::path checkpoint_folder(const std::filesystem::path& path);

/// Reads a checkpoint from its folder, or from the `_metadata` in it. Throws DamagedCheckpoint, and Error
/// where there is none at all.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The folders of checkpoints below `folder`, itself or those of all its jobs; the newest first.
std::vector<std::filesystem::path> find_checkpoints(const std::filesystem::path& folder);

}  // namespace pf
