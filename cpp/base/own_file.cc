#include "base/own_file.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <set>
#include <unistd.h>

namespace pf {
namespace {

/// All that are open. Held through a fork, so that a copy has none that is not listed.
struct OpenFiles {
  std::mutex mutex;
  std::set<int*> descriptors;

  static OpenFiles& get() {
    static OpenFiles* files = [] {
      ::pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                       [] {
                         get().close_all();
                         get().mutex.unlock();
                       });
      return new OpenFiles;  // never destroyed: threads may outlive statics
    }();
    return *files;
  }

 private:
  void close_all() {
    for (int* descriptor : descriptors) ::close(std::exchange(*descriptor, -1));
    descriptors.clear();
  }
};

}  // namespace

OwnFile::OwnFile(const char* path, int flags, mode_t mode) : descriptor_(std::make_unique<int>(-1)) {
  OpenFiles& files = OpenFiles::get();
  std::lock_guard lock(files.mutex);
  *descriptor_ = ::open(path, flags | O_CLOEXEC, mode);
  const int error = errno;
  if (is_open()) files.descriptors.insert(descriptor_.get());
  errno = error;
}

void OwnFile::close() {
  if (!descriptor_) return;
  OpenFiles& files = OpenFiles::get();
  std::lock_guard lock(files.mutex);
  files.descriptors.erase(descriptor_.get());
  if (is_open()) ::close(*descriptor_);
  descriptor_.reset();
}

}  // namespace pf
