#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "control/checkpoint/checkpoint_storage.h"

namespace pf {

/// Checkpoints in memory that outlive the job that took them: what a crash leaves of a simulated process.
/// Each is kept as the bytes of its format. Any thread.
class CheckpointShelf : public std::enable_shared_from_this<CheckpointShelf> {
 public:
  /// For the job of the next process. What jobs of earlier ones still store or discard is passed over.
  std::unique_ptr<CheckpointStorage> open();
  /// The process that has it open is dead.
  void close();
  /// Null when there is none.
  std::shared_ptr<const Checkpoint> latest() const;

 private:
  class Storage;

  mutable std::mutex mutex_;
  std::map<uint64_t, std::string> kept_;
  std::map<std::string, std::string> shared_;
  uint64_t process_ = 0;
};

}  // namespace pf
