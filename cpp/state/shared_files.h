#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace pf {

/// A file that is stored under a name, once and for ever the same.
struct SharedFile {
  /// Where another job has stored it, behind that job and a '/'.
  std::string name;
  uint64_t size = 0;
  uint32_t checksum = 0;  // CRC-32C of all of it
};

/// Whoever has stored it.
inline std::string plain_name(const SharedFile& file) { return file.name.substr(file.name.rfind('/') + 1); }

/// The files that a checkpoint which is being written may have in common with others.
class SharedFiles {
 public:
  virtual ~SharedFiles() = default;
  /// The checkpoint refers to the file from now on. The name is one that no other file ever has; `read` gives
  /// its bytes, and is called only where it isn't stored yet. Throws Error when it can't be kept.
  virtual SharedFile keep(const std::string& name, const std::function<std::string()>& read) = 0;
};

}  // namespace pf
