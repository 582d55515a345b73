#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pf::testing {

/// What came of one simulated life of a job.
struct Simulated {
  std::vector<std::string> violations;  // of what must hold, empty when all is well
  uint64_t history = 0;                 // a hash of all that happened
  uint64_t checkpoints = 0;             // that became complete
  uint64_t savepoints = 0;
  uint64_t processes = 0;
  uint64_t in_flight = 0;     // records that barriers had overtaken
  uint64_t behind_cuts = 0;   // records that operators had seen of what is behind a cut, at least once
  uint64_t shared_files = 0;  // of RocksDB, that checkpoints have in common
  uint64_t restarts = 0;      // within processes
  uint64_t faults = 0;        // that happened
  uint64_t steps = 0;         // runs of tasks and turns of the clock
  std::string setup;          // what ran, for people
};

/// Runs a job - the engine's own, with its tasks, channels, coordinator, storage in files and two-phase sink
/// - in one thread, by a virtual clock, with an interleaving, faults, crashes and rescalings that the seed
/// decides; checks on the way and at the end what must hold. The same seed gives the same history.
/// `defect` names a defect that the engine is to have. `verbose` prints the history as it happens.
Simulated simulate(uint64_t seed, const std::string& defect = "", bool verbose = false);

}  // namespace pf::testing
