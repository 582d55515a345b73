#include "control/checkpoint/shared_file_registry.h"

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {

std::optional<SharedFile> SharedFileRegistry::refer(uint64_t checkpoint, const std::string& name) {
  auto found = files_.find(name);
  if (found == files_.end()) return std::nullopt;
  if (PFPP_MUTANT("shared_not_referred") && found->second.references > 0) return found->second.file;
  if (needed_[checkpoint].insert(name).second) ++found->second.references;
  return found->second.file;
}

void SharedFileRegistry::add(uint64_t checkpoint, const SharedFile& file) {
  const std::string name = plain_name(file);
  PF_CHECK(files_.emplace(name, Known{file, 0}).second);
  refer(checkpoint, name);
}

std::vector<std::string> SharedFileRegistry::forget(uint64_t checkpoint) {
  std::vector<std::string> unneeded;
  for (const std::string& name : needed_[checkpoint]) {
    auto known = files_.find(name);
    if (--known->second.references > 0) continue;
    unneeded.push_back(known->second.file.name);
    files_.erase(known);
  }
  needed_.erase(checkpoint);
  return unneeded;
}

}  // namespace pf
