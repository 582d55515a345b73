#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/file_system.h"
#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/checkpoint_storage.h"
#include "control/checkpoint/shared_file_registry.h"
#include "state/shared_files.h"

namespace pf {

/// The files that checkpoints of one job share, in its storage: each is stored once, and goes when no
/// checkpoint refers to it any more. Used by the thread that stores, and outlived by the storage.
class CheckpointSharing {
 public:
  /// What one checkpoint that is being written refers to.
  class Writing final : public SharedFiles {
   public:
    Writing(CheckpointSharing& owner, uint64_t checkpoint) : owner_(owner), checkpoint_(checkpoint) {}
    SharedFile keep(const std::string& name, const std::function<std::string()>& read) override;
    /// Of the files that were stored for it.
    uint64_t new_bytes() const { return new_bytes_; }

   private:
    CheckpointSharing& owner_;
    const uint64_t checkpoint_;
    uint64_t new_bytes_ = 0;
  };

  explicit CheckpointSharing(CheckpointStorage& storage) : storage_(storage) {}

  /// Another job's checkpoint in `folder` is this job's now. Whether its files are, too, so that later
  /// checkpoints may refer to them.
  bool take_over(const Location& folder, const Checkpoint& claimed);
  /// The checkpoint refers to nothing any more, be it given up or discarded.
  void forget(uint64_t checkpoint);

 private:
  CheckpointStorage& storage_;
  SharedFileRegistry registry_;
};

}  // namespace pf
