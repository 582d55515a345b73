#include "state/state_backend.h"

namespace pf {

KeyedStateBackend::Options StateOwner::backend_options() const {
  KeyedStateBackend::Options options;
  options.max_parallelism = max_parallelism;
  options.subtask = subtask;
  options.parallelism = parallelism;
  options.clock = clock;
  options.keys = keys;
  for (const auto& snapshot : restored) {
    if (snapshot->keyed) options.restored.push_back(snapshot->keyed);
  }
  return options;
}

}  // namespace pf
