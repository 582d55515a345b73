#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/temporary_folder.h"

namespace pf {

/// Whether somebody goes on with the state of the operator.
using NeedsState = std::function<bool(const std::string& operator_id)>;

/// How a checkpoint is read.
struct LoadOptions {
  /// Where the files of a database are unpacked, asked for those of each subtask; null: where the system has
  /// temporary files.
  std::function<std::filesystem::path()> folder_for_files = nullptr;
  /// Of which operators the state is read, by their id; null: of all. Of the others there is all else.
  NeedsState needs = nullptr;

  std::filesystem::path folder() const { return folder_for_files ? folder_for_files() : temporary_folder(); }
  bool has_state_of(const std::string& operator_id) const { return !needs || needs(operator_id); }
};

}  // namespace pf
