#include "control/checkpoint/checkpoint_folders.h"

#include <charconv>
#include <map>

#include "base/error.h"
#include "base/fault_point.h"
#include "control/checkpoint/checkpoint_format.h"

namespace pf {

bool is_job(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<uint64_t> checkpoint_id_of(std::string_view folder_name) {
  if (!folder_name.starts_with(kFolderPrefix)) return std::nullopt;
  folder_name.remove_prefix(kFolderPrefix.size());
  uint64_t id = 0;
  const char* const end = folder_name.data() + folder_name.size();
  auto [read_to, failure] = std::from_chars(folder_name.data(), end, id);
  if (failure != std::errc() || read_to != end) return std::nullopt;
  return id;
}

Location named_in(const Location& folder, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    throw Error("the metadata names a file outside of its folder: " + name);
  }
  return folder / name;
}

std::string name_everywhere(const std::string& job, const std::string& name) {
  return name.find('/') == std::string::npos ? job + "/" + name : name;
}

std::string job_in(const std::string& name_everywhere) {
  return name_everywhere.substr(0, name_everywhere.find('/'));
}

Location shared_in(const Location& job, const std::string& name) {
  const size_t slash = name.find('/');
  if (slash == std::string::npos) return named_in(job / kSharedFolder, name);
  const std::string other = job_in(name);
  if (!is_job(other)) throw Error("the metadata names a file outside of the folders of jobs: " + name);
  return named_in(job.parent() / other / kSharedFolder, name.substr(slash + 1));
}

std::set<std::string> unreferenced(const Location& job, const std::set<std::string>& files) {
  const bool has_others = is_job(job.name());
  std::map<std::string, std::string> left;  // as everybody calls them: as this job does
  for (const std::string& name : files) left.emplace(name_everywhere(job.name(), name), name);
  for (const auto& [file, written] : has_others ? job.parent().find(kLevels) : job.find(kLevels - 1)) {
    if (file.name() != kMetadataName) continue;
    std::optional<std::string> metadata = file.read();
    if (PFPP_MUTANT("claimed_takes_all_files")) continue;
    if (!metadata) throw Error(file.path() + " has just gone: another may have come that nobody has seen");
    const std::string of = file.parent().parent().name();
    for (const std::string& name : shared_files_of(*metadata)) left.erase(name_everywhere(of, name));
  }
  std::set<std::string> names;
  for (const auto& [everybodys, name] : left) names.insert(name);
  return names;
}

}  // namespace pf
