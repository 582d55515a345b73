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

/// A file with the lock; closed, with errno set, where there is none. It is another's (EWOULDBLOCK) also
/// where that one has removed the file meanwhile.
OwnFile lock(const fs::path& directory, int flags) {
  OwnFile file(lock_file_of(directory).c_str(), flags | O_RDWR | O_NOFOLLOW, 0600);
  if (!file.is_open()) return file;
  struct stat seen {};
  bool locked = ::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0 && ::fstat(file.descriptor(), &seen) == 0;
  if (locked && seen.st_nlink > 0) return file;
  int error = locked ? EWOULDBLOCK : errno;
  file.close();
  errno = error;
  return file;
}

bool is_own_directory(const fs::path& path) {
  struct stat seen {};
  return ::lstat(path.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode) && seen.st_uid == ::geteuid();
}

}  // namespace

ScratchDirectory::ScratchDirectory(fs::path path) : path_(std::move(path)) {
  fs::create_directories(path_);
  lock_ = lock(path_, O_CREAT);
  if (!lock_.is_open()) throw std::system_error(errno, std::generic_category());
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
  if (!lock_.is_open()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void ScratchDirectory::remove_abandoned(const fs::path& parent, const std::string& prefix) {
  std::error_code ignored;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const fs::path& path = entry->path();
    if (path.filename().string().rfind(prefix, 0) != 0 || !is_own_directory(path)) continue;
    const OwnFile file = lock(path, 0);
    if (!file.is_open()) continue;
    std::error_code stays;
    fs::remove_all(path, stays);
  }
}

}  // namespace pf
