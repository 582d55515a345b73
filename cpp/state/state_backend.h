#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/temporary_folder.h"
#include "state/keyed_state_backend.h"
#include "state/operator_snapshot.h"

namespace pf {

/// Whose state it is, and what it goes on from.
struct StateOwner {
  std::string operator_id;  // the same in every run of the job
  uint32_t subtask = 0;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = 128;
  const Clock* clock = nullptr;
  std::shared_ptr<const KeyCodec> keys;
  /// See OperatorContext.
  std::vector<std::shared_ptr<const OperatorSnapshot>> restored;
  StatePublisher publish = nullptr;  // see KeyedStateBackend::Options

  /// As far as they don't depend on the kind of backend: with what is to be restored, as rows.
  KeyedStateBackend::Options backend_options() const;
  /// Without it.
  KeyedStateBackend::Options empty_backend_options() const;
  /// What a database can go on with: the files of the subtask of the same number, where there were as many,
  /// so that they have all of its key groups and no other. Null where rows have to be read.
  std::shared_ptr<const UnpackedFiles> own_files() const;
};

/// Where a job's operators keep their keyed state. Any thread.
class StateBackend {
 public:
  virtual ~StateBackend() = default;
  virtual std::unique_ptr<KeyedStateBackend> create(const StateOwner& owner) const = 0;
  /// Where files that a subtask goes on from are to be unpacked.
  virtual std::filesystem::path folder_for_files() const { return temporary_folder(); }
};

/// Keeps everything decoded in memory (Flink's `HashMapStateBackend`).
std::shared_ptr<const StateBackend> make_heap_state_backend();

}  // namespace pf
