#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace pf {

/// What whoever runs a job may want to know of its checkpoints.
struct CheckpointNews {
  enum class Kind : uint8_t {
    kFailed,    // it has been given up, and the job goes on
    kDamaged,   // it was to be gone on from, and now the one before it is
    kRestored,  // tasks that start over go on from it
  };
  Kind kind;
  uint64_t checkpoint = 0;
  /// Why, or where it is kept; empty in memory.
  std::string what;
};
using CheckpointNewsListener = std::function<void(const CheckpointNews& news)>;

}  // namespace pf
