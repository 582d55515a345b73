#pragma once

#include <filesystem>
#include <string>

#include "base/own_file.h"

namespace pf {

/// What the names of directories for RocksDB's files start with.
inline constexpr char kScratchPrefix[] = "pyflinkpp-rocksdb-";

/// A directory of this process that goes with the object. A lock on a file in it says that it is in use: the
/// system drops the lock when the process dies, however it does, and then another process may clean up. In
/// processes that it has forked, the object leaves the directory alone. Any thread, one at a time.
class ScratchDirectory {
 public:
  /// Makes and locks the directory, or takes one that is there. Throws std::system_error.
  explicit ScratchDirectory(std::filesystem::path path);
  /// A new one, whose name starts with the prefix. Throws std::system_error.
  static ScratchDirectory in(const std::filesystem::path& parent, const std::string& prefix);
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept = default;
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Removes those that processes of the same user have left behind when they died. What is in use, what has
  /// no lock file, and what cannot be removed stays.
  static void remove_abandoned(const std::filesystem::path& parent, const std::string& prefix);

 private:
  std::filesystem::path path_;
  OwnFile lock_;  // closed: moved from, or of the process that this one was forked from
};

}  // namespace pf
