#pragma once

#include <memory>
#include <utility>

#include <sys/types.h>

namespace pf {

/// An open file that stays with this process: children don't have it, whether they run another program or are
/// copies of this one, as Python's `multiprocessing` makes them. So a lock on it (flock) goes with this
/// process, whoever outlives it. In a copy, whatever it is asked, it is closed. Any thread, one at a time.
class OwnFile {
 public:
  OwnFile() = default;
  /// As open(2); -1 with errno set where it can't be.
  OwnFile(const char* path, int flags, mode_t mode = 0);
  ~OwnFile() { close(); }
  OwnFile(OwnFile&& other) noexcept = default;
  OwnFile& operator=(OwnFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  /// -1 where it is closed.
  int descriptor() const { return descriptor_ ? *descriptor_ : -1; }
  bool is_open() const { return descriptor() >= 0; }
  void close();

 private:
  std::unique_ptr<int> descriptor_;
};

}  // namespace pf
