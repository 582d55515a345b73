#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/durable_file.h"
#include "base/folder_lock.h"

namespace pf {

/// Whole files, on this machine or in an object store. Paths are the system's own, their parts divided by
/// `/`. Any thread; blocks as long as the medium does. All methods throw FileError.
class FileSystem {
 public:
  struct Found {
    std::string path;
    int64_t written;  // when: the greater, the later
  };

  virtual ~FileSystem() = default;
  /// With those above it; nothing where the system has none.
  virtual void make_folders(const std::string& folder) = 0;
  /// Once it returns the file outlives whatever the medium outlives. An older one of the name is replaced.
  virtual void write(const std::string& path, std::string_view bytes) = 0;
  /// None where there is no such file.
  virtual std::optional<std::string> read(const std::string& path) const = 0;
  /// Nothing where there is no such file.
  virtual void remove(const std::string& path) = 0;
  /// With all that is in it.
  virtual void remove_folder(const std::string& folder) = 0;
  /// The files in a folder, and in those at most so many levels below. Nothing where there is no such folder.
  virtual std::vector<Found> find(const std::string& folder, size_t levels) const = 0;
  /// As FolderLock says.
  virtual FolderLock lock(const std::string& /*folder*/) const { return {}; }
};

/// Of this machine: a file that is written is there whole or not at all, whatever happens meanwhile.
std::shared_ptr<FileSystem> local_file_system();

/// A file or folder, and the system that has it.
class Location {
 public:
  /// Of this machine.
  Location(const std::filesystem::path& path) : Location(local_file_system(), path.string()) {}
  Location(std::shared_ptr<FileSystem> system, std::string path)
      : system_(std::move(system)), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// The last part of its path.
  std::string name() const;
  Location operator/(std::string_view name) const;
  /// The folder that it lies in.
  Location parent() const;

  // As FileSystem has them.
  void make_folders() const { system_->make_folders(path_); }
  void write(std::string_view bytes) const { system_->write(path_, bytes); }
  std::optional<std::string> read() const { return system_->read(path_); }
  void remove() const { system_->remove(path_); }
  void remove_folder() const { system_->remove_folder(path_); }
  struct Found;
  std::vector<Found> find(size_t levels) const;
  FolderLock lock() const { return system_->lock(path_); }

 private:
  std::shared_ptr<FileSystem> system_;
  std::string path_;
};

struct Location::Found {
  Location file;
  int64_t written;
};

}  // namespace pf
