#include "state/state_backend.h"

namespace pf {

KeyedStateBackend::Options StateOwner::empty_backend_options() const {
  KeyedStateBackend::Options options;
  options.max_parallelism = max_parallelism;
  options.subtask = subtask;
  options.parallelism = parallelism;
  options.clock = clock;
  options.keys = keys;
  options.publish = publish;
  return options;
}

KeyedStateBackend::Options StateOwner::backend_options() const {
  KeyedStateBackend::Options options = empty_backend_options();
  for (const auto& snapshot : restored) {
    if (snapshot->keyed) options.restored.push_back(snapshot->keyed);
    if (snapshot->unpacked) options.restored_to_read.push_back(snapshot->unpacked);
  }
  return options;
}

std::shared_ptr<const UnpackedFiles> StateOwner::own_files() const {
  return restored.size() == parallelism ? restored[subtask]->unpacked : nullptr;
}

}  // namespace pf
