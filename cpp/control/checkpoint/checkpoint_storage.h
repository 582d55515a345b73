#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/load_options.h"

namespace pf {

/// Where the checkpoints of one job are kept. One thread at a time; blocks as long as the medium does.
class CheckpointStorage {
 public:
  virtual ~CheckpointStorage() = default;
  /// Once it returns the checkpoint outlives whatever the medium outlives. Throws Error when it can't be
  /// kept, and then nothing of it is found later.
  virtual void store(const Checkpoint& checkpoint) = 0;
  /// Throws Error when there is none of the id, or what is there is not what was stored.
  virtual Checkpoint load(uint64_t id, const LoadOptions& options = {}) const = 0;
  /// Nothing where there is none. Shared files stay. False where it can't be: then it may be found later, and
  /// needs all that it refers to.
  virtual bool discard(uint64_t id) = 0;
  /// Keeps a file that several checkpoints may refer to, under a name that none has had before; it is as safe
  /// as a checkpoint once it returns. Throws Error when it can't be kept. `load` finds it by that name.
  virtual void put_shared(const std::string& name, std::string_view bytes) = 0;
  /// No checkpoint of this job refers to these any more, which it has stored or taken over. Nothing where
  /// there is none.
  virtual void remove_shared(const std::vector<std::string>& names) = 0;
  /// The job goes on from a checkpoint of that one. Before anything is stored.
  virtual void goes_on_from(const JobId& /*origin*/) {}
  /// A complete checkpoint of another job becomes this job's. If so, later ones may refer to the files that
  /// it shares, too, whose names they are given here; none where they can't, since they lie elsewhere or
  /// somebody uses them.
  virtual std::optional<std::vector<SharedFile>> take_over(const Location& /*checkpoint*/,
                                                           const std::vector<SharedFile>& /*files*/) {
    return std::nullopt;
  }
  /// The job has ended. Nothing is stored or removed any more; `is_empty`: nothing has been kept.
  virtual void close(bool /*is_empty*/) {}
  /// Where the checkpoint is kept, for people and for `execution.state-recovery.path`; empty where a later
  /// process can't find it.
  virtual std::string location(uint64_t id) const = 0;
};

/// In memory, for as long as the job lives (Flink's `JobManagerCheckpointStorage`): `store` refuses a
/// subtask's state of more than so many bytes.
std::unique_ptr<CheckpointStorage> make_memory_checkpoint_storage(size_t max_state_bytes);

struct FileStorageOptions {
  /// Of all jobs; each gets a folder of its own in it.
  Location folder;
  /// A subtask's state of no more bytes than this has no file of its own.
  size_t inline_bytes = 20 * 1024;
  /// `store` refuses a subtask's state of more than so many bytes; none: any size.
  std::optional<size_t> max_state_bytes = std::nullopt;
};

/// In `<folder>/<job>/chk-<id>`, as docs/formats/checkpoint.md describes (Flink's
/// `FileSystemCheckpointStorage`). Makes no folder before the first checkpoint.
std::unique_ptr<CheckpointStorage> make_file_checkpoint_storage(FileStorageOptions options, const JobId& job);

/// Writes a checkpoint into a folder of its own, which it makes: savepoints are kept so, too. Throws Error
/// when it can't be kept, and then removes the folder.
void store_checkpoint(const Checkpoint& checkpoint, const Location& folder, size_t inline_bytes);
/// Removes the files of a checkpoint, and their folder when nothing else is in it; `with_shared` also those
/// shared files that no other checkpoint refers to. False where it is still there.
bool remove_checkpoint(const Location& folder, bool with_shared = true);

/// A checkpoint that isn't what was stored, or was stored by a later release: which, where and why.
class DamagedCheckpoint : public Error {
 public:
  using Error::Error;
};

/// The folder that a path names: itself, or that of the `_metadata` in it.
Location checkpoint_folder(const Location& path);

/// Reads a checkpoint from its folder, or from the `_metadata` in it. Throws DamagedCheckpoint, FileError
/// where it can't be read or unpacked now, and Error where there is none at all.
Checkpoint load_checkpoint(const Location& path, const LoadOptions& options = {});

/// The folders `chk-<id>` of complete checkpoints in `folder`, which is that of one job or of many; first the
/// one that became complete last.
std::vector<Location> find_checkpoints(const Location& folder);

}  // namespace pf
