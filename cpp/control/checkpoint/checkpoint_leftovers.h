#pragma once

#include <cstdint>

#include "base/file_system.h"

namespace pf {

struct Leftovers {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

/// Removes what a process that was killed has left of the job of this complete checkpoint: shared files that
/// no complete checkpoint refers to, of this job or another one beside it, and folders of checkpoints that
/// never became complete. Likewise of the jobs that this one goes back to, and of those that went on from it
/// and were killed before they had a complete checkpoint. Says what is gone.
///
/// Nothing is removed where somebody might need it: where the job may run or another one goes on with what it
/// has (which FolderLock tells, on disks of this machine only), where it was a release that locks nothing,
/// and where some checkpoint beside it can't be read. Other files than such are never touched.
Leftovers remove_leftovers(const Location& checkpoint);

}  // namespace pf
