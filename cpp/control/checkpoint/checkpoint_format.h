#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "control/checkpoint/checkpoint.h"

namespace pf {

// The bytes of a checkpoint, as docs/formats/checkpoint.md describes them.

/// A subtask's state on its own. Throws Error when the bytes are damaged or of a later version.
std::string encode(const OperatorSnapshot& snapshot);
OperatorSnapshot decode_snapshot(std::string_view bytes);
/// How many bytes `encode` gives, about.
size_t encoded_size(const OperatorSnapshot& snapshot);

/// A file, and what to know it by.
struct StateFile {
  std::string name;
  uint64_t size = 0;
  uint32_t checksum = 0;
};

/// Tells which state goes into a file of its own: writes it and gives its name, or an empty name.
using WriteState =
    std::function<StateFile(const Checkpoint::Operator& op, uint32_t subtask, const OperatorSnapshot& state)>;
using ReadState = std::function<OperatorSnapshot(const StateFile& file)>;

/// The metadata, with all state that `write` leaves out.
std::string encode(const Checkpoint& checkpoint, const WriteState& write);
/// Throws Error when the bytes are damaged or of a later version, and whatever `read` throws.
Checkpoint decode_checkpoint(std::string_view bytes, const ReadState& read);

}  // namespace pf
