#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state/keyed_snapshot.h"
#include "state/shared_files.h"

namespace pf {

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

/// All rows, in the form that any backend goes on from. Throws Error where a file is not what it was, and
/// whatever `read` throws.
std::shared_ptr<const KeyedSnapshot> read_keyed_files(const KeyedFiles& files, const ReadShared& read);

}  // namespace pf
