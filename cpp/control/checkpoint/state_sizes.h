#pragma once

#include <cstddef>

#include "control/checkpoint/checkpoint.h"

namespace pf {

/// Throws Error where a subtask's state has more bytes: whose, how many, and what to do (Flink's limit of its
/// JobManager storage).
void check_state_sizes(const Checkpoint& checkpoint, size_t max_state_bytes);

}  // namespace pf
