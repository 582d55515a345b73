#include "state/state_backend.h"

namespace pf {

KeyedStateBackend::Options StateOwner::empty_backend_options() const {
  KeyedStateBackend::Options options;
  options.max_parallelism = max_parallelism;
  options.subtask = subtask;
  options.parallelism = parallelism;
  options.clock = clock;
  options.keys = keys;
  return options;
}

KeyedStateBackend::Options StateOwner::backend_options() const {
  KeyedStateBackend::Options options = empty_backend_options();
  for (const auto& snapshot : restored) {
    if (auto rows = snapshot->keyed_rows()) options.restored.push_back(std::move(rows));
  }
  return options;
}

std::shared_ptr<const UnpackedFiles> StateOwner::own_files() const {
  return restored.size() == parallelism ? restored[subtask]->unpacked : nullptr;
}

}  // namespace pf
