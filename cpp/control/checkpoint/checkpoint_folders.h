#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace pf {

// How the checkpoints of jobs lie in folders, as docs/formats/checkpoint.md has it:
// <folder of all jobs>/<job>/chk-<id>, and beside these <job>/shared.

constexpr std::string_view kMetadataName = "_metadata";
constexpr std::string_view kFolderPrefix = "chk-";
constexpr std::string_view kStatePrefix = "state-";
constexpr std::string_view kSharedFolder = "shared";
/// In the folder of a job: the one that it went on from, if any. Goes with an end that leaves nothing else.
constexpr std::string_view kOriginName = "_origin";
/// From the folder of all jobs to that of a checkpoint.
constexpr size_t kLevels = 2;

/// Whether a folder of this name is that of a job.
bool is_job(std::string_view name);

/// The number in `chk-<number>`.
std::optional<uint64_t> checkpoint_id_of(std::string_view folder_name);

/// A file in a folder that a checkpoint's metadata names. Throws Error unless it is a plain name.
Location named_in(const Location& folder, const std::string& name);

// A checkpoint calls a shared file of its own job by its plain name, and one that another job has stored by
// that job, '/', and the name.

/// As every job calls the file that checkpoints of this one know by the name.
std::string name_everywhere(const std::string& job, const std::string& name);
/// The job in such a name.
std::string job_in(const std::string& name_everywhere);

/// A shared file of the job with that folder, or of another one beside it. Throws Error where the name is
/// none.
Location shared_in(const Location& job, const std::string& name);

/// Of those shared files, by the names that checkpoints of the job with that folder give them, the ones that
/// no complete checkpoint refers to: neither of this job nor of one beside it, if that is a job's folder, not
/// just one that has been put somewhere. Throws Error where that can't be told.
std::set<std::string> unreferenced(const Location& job, const std::set<std::string>& files);

}  // namespace pf
