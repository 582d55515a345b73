#include "base/folder_lock.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <iterator>

#include <sys/file.h>
#include <sys/vfs.h>

namespace pf {
namespace {

/// Whose disks one machine has for itself: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs, ramfs, overlayfs.
constexpr uint32_t kOfOneMachine[] = {0xEF53,     0x58465342, 0x9123683E, 0xF2F52010,
                                      0x2FC12FC1, 0x01021994, 0x858458F6, 0x794C7630};

bool is_of_one_machine(int file) {
  struct statfs about {};
  if (::fstatfs(file, &about) != 0) return false;
  const auto type = static_cast<uint32_t>(about.f_type);
  return std::find(std::begin(kOfOneMachine), std::end(kOfOneMachine), type) != std::end(kOfOneMachine);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) : file_(folder.c_str(), O_RDONLY | O_DIRECTORY) {
  if (!file_.is_open() || !is_of_one_machine(file_.descriptor())) return;
  if (::flock(file_.descriptor(), LOCK_EX | LOCK_NB) == 0) {
    state_ = State::kHeld;
  } else if (errno == EWOULDBLOCK) {
    state_ = State::kTaken;
  }
}

}  // namespace pf
