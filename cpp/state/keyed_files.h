#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder.h"
#include "state/keyed_snapshot.h"
#include "state/shared_files.h"

namespace pf {

class ReadOnlyDatabase;

/// The keyed state of one operator in one subtask at a moment, as files of a RocksDB database: those that
/// never change are shared with other checkpoints, and named only. docs/formats/checkpoint.md describes the
/// bytes. Immutable; any thread.
struct KeyedFiles {
  /// How rows lie in the database.
  enum class Layout : uint8_t {
    kEntries = 0,  // key group, entry, map key; the value
    kTimes = 1,    // time, entry; the key group
  };
  struct State : KeyedStateInfo {
    std::string family;  // the column family
    Layout layout = Layout::kEntries;
  };
  struct Shared {
    std::string name;  // within the database
    SharedFile file;
  };

  std::vector<State> states;
  std::vector<Shared> shared;
  /// Names and bytes of the files that only this checkpoint has.
  std::vector<std::pair<std::string, std::string>> own;
  /// Rows that are not in the database, and of which state.
  std::shared_ptr<const KeyedSnapshot> rest;
};

using ReadShared = std::function<std::string(const SharedFile& file)>;

/// Such files in a directory of this process, which goes with the object: a database can go on with them, and
/// whoever can't reads their rows. Any thread.
class UnpackedFiles {
 public:
  /// In a new directory within `folder`. Throws Error where a name is none, FileError where there is no room,
  /// and whatever `read` throws.
  UnpackedFiles(KeyedFiles files, const ReadShared& read,
                const std::filesystem::path& folder = temporary_folder());
  ~UnpackedFiles();
  UnpackedFiles(const UnpackedFiles&) = delete;
  UnpackedFiles& operator=(const UnpackedFiles&) = delete;

  /// Without the bytes of `own`.
  const KeyedFiles& files() const { return files_; }
  /// As the constructor was given it.
  const std::filesystem::path& folder() const { return folder_; }
  /// Puts them into another directory, too. What never changes is linked, where both are on one disk.
  void put_into(const std::filesystem::path& directory) const;
  /// Which states there are, be they in the files or not: some of them twice.
  std::vector<KeyedStateInfo> states() const;
  /// Of the state with the name, the rows in these key groups, in the form that any backend goes on from.
  /// Read as they are given out: they may be more than fits into memory. Throws Error where the files are
  /// none of a database.
  void for_each_row(const std::string& name, KeyGroups groups, const KeyedRowVisitor& visitor) const;

 private:
  class Directory;
  std::shared_ptr<const ReadOnlyDatabase> opened() const;

  KeyedFiles files_;
  const std::filesystem::path folder_;
  std::unique_ptr<const Directory> directory_;
  mutable std::mutex opening_;
  mutable std::weak_ptr<const ReadOnlyDatabase> opened_;  // shared by those that read at the same time
};

}  // namespace pf
