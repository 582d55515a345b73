#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

namespace pf {

/// Says to other processes that a folder is in use, for as long as the object lives: the system drops the
/// lock with the process, whatever ends it. Any thread, one at a time.
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
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept
      : state_(std::exchange(other.state_, State::kUnknown)), file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(file_, other.file_);
    return *this;
  }

  State state() const { return state_; }

 private:
  State state_ = State::kUnknown;
  int file_ = -1;
};

}  // namespace pf
