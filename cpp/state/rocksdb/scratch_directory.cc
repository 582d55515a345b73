#include "state/rocksdb/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>

namespace pf {
namespace {

namespace fs = std::filesystem;

/// New directories that someone has cleaned up before they were locked.
constexpr int kAttempts = 10;

fs::path lock_file_of(const fs::path& directory) { return directory / "IN_USE"; }

/// A file descriptor with the lock; -1 with errno set. It is another's (EWOULDBLOCK) also where that one has
/// removed the file meanwhile.
int lock(const fs::path& directory, int flags) {
  int file = ::open(lock_file_of(directory).c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -1;
  struct stat seen {};
  bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &seen) == 0;
  if (locked && seen.st_nlink > 0) return file;
  int error = locked ? EWOULDBLOCK : errno;
  ::close(file);
  errno = error;
  return -1;
}

bool is_own_directory(const fs::path& path) {
  struct stat seen {};
  return ::lstat(path.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode) && seen.st_uid == ::geteuid();
}

}  // namespace

ScratchDirectory::ScratchDirectory(fs::path path) : path_(std::move(path)) {
  fs::create_directories(path_);
  lock_ = lock(path_, O_CREAT);
  if (lock_ < 0) throw std::system_error(errno, std::generic_category());
}

ScratchDirectory ScratchDirectory::in(const fs::path& parent, const std::string& prefix) {
  fs::create_directories(parent);
  for (int left = kAttempts;; --left) {
    std::string path = (parent / (prefix + "XXXXXX")).string();
    if (!::mkdtemp(path.data())) throw std::system_error(errno, std::generic_category());
    try {
      return ScratchDirectory(path);
    } catch (const std::system_error&) {
      if (left == 0) throw;
    }
  }
}

ScratchDirectory::~ScratchDirectory() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

void ScratchDirectory::remove_abandoned(const fs::path& parent, const std::string& prefix) {
  std::error_code ignored;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const fs::path& path = entry->path();
    if (path.filename().string().rfind(prefix, 0) != 0 || !is_own_directory(path)) continue;
    int file = lock(path, 0);
    if (file < 0) continue;
    std::error_code stays;
    fs::remove_all(path, stays);
    ::close(file);
  }
}

}  // namespace pf
