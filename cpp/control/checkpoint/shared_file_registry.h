#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "state/shared_files.h"

namespace pf {

/// Which checkpoints refer to which shared files, so that a file goes with the last of them. A checkpoint
/// refers to what it needs from the time that it is being written, whatever becomes of it and of those that
/// wrote the files before it. Plain code: no files, no thread of its own.
class SharedFileRegistry {
 public:
  /// The file of the plain name, where it is stored: from now on the checkpoint refers to it, too.
  std::optional<SharedFile> refer(uint64_t checkpoint, const std::string& name);
  /// A file that was not known has been stored for the checkpoint, or is one that it refers to.
  void add(uint64_t checkpoint, const SharedFile& file);
  /// The checkpoint needs nothing any more, be it given up or discarded: the files that nobody refers to now.
  std::vector<std::string> forget(uint64_t checkpoint);

  size_t files() const { return files_.size(); }

 private:
  struct Known {
    SharedFile file;
    size_t references = 0;
  };
  std::map<std::string, Known> files_;                // by plain name
  std::map<uint64_t, std::set<std::string>> needed_;  // by checkpoint
};

}  // namespace pf
