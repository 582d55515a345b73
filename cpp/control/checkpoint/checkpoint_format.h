#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/load_options.h"

namespace pf {

// The bytes of a checkpoint, as docs/formats/checkpoint.md describes them.

/// A subtask's state on its own. Nothing of it may be unwritten.
std::string encode(const OperatorSnapshot& snapshot);
using UnpackFiles = std::function<std::shared_ptr<const UnpackedFiles>(KeyedFiles files)>;
/// Throws Error when the bytes are damaged or of a later version, and whatever `unpack` throws.
OperatorSnapshot decode_snapshot(std::string_view bytes, const UnpackFiles& unpack);
/// How many bytes `encode` gives, about.
size_t encoded_size(const OperatorSnapshot& snapshot);
/// With the files that it shares with other checkpoints.
size_t size_with_shared(const OperatorSnapshot& snapshot);

/// A file that only this checkpoint has, and what to know it by.
using StateFile = SharedFile;

/// Tells which state goes into a file of its own: writes it and gives its name, or an empty name.
using WriteState =
    std::function<StateFile(const Checkpoint::Operator& op, uint32_t subtask, const OperatorSnapshot& state)>;
using ReadState = std::function<OperatorSnapshot(const StateFile& file)>;

/// The metadata, with all state that `write` leaves out.
std::string encode(const Checkpoint& checkpoint, const WriteState& write);
/// Throws Error when the bytes are damaged or of a later version, and whatever `read` and `unpack` throw.
Checkpoint decode_checkpoint(std::string_view bytes, const ReadState& read, const UnpackFiles& unpack,
                             const LoadOptions& options = {});
/// The names of the shared files that a checkpoint refers to, by its metadata alone. Throws as
/// `decode_checkpoint`.
std::set<std::string> shared_files_of(std::string_view bytes);
/// Whether the release that wrote the metadata locks the folder of a job for as long as it runs.
bool is_of_job_that_locks(std::string_view metadata);
/// The bytes of a shared file, once they are what was stored. Throws Error naming `where` otherwise.
std::string checked_shared(std::string bytes, const SharedFile& file, const std::string& where);

}  // namespace pf
