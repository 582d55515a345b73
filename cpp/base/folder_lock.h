#pragma once

#include <cstdint>
#include <filesystem>

#include "base/own_file.h"

namespace pf {

/// Says to other processes that a folder is in use, for as long as the object lives: the system drops the
/// lock with the process, whatever ends it, and processes that it has forked have none. Any thread, one at a
/// time.
class FolderLock {
 public:
  enum class State : uint8_t {
    kHeld,
    kTaken,    // somebody else has it, be it in this process
    kUnknown,  // no lock is to be had there that all processes see
  };

  /// Nobody can tell.
  FolderLock() = default;
  /// Never waits. Only where no other machine can have the folder, too.
  explicit FolderLock(const std::filesystem::path& folder);

  State state() const { return state_; }

 private:
  State state_ = State::kUnknown;
  OwnFile file_;
};

}  // namespace pf
