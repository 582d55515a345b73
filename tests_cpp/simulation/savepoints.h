#pragma once

#include <cstdint>
#include <future>
#include <random>
#include <string>
#include <vector>

#include "runtime/job.h"
#include "simulation/seeded_faults.h"
#include "simulation/world.h"

namespace pf::testing {

/// Takes savepoints of simulated jobs, at moments that the seed decides, beside their checkpoints: of jobs
/// that go on, and of jobs that are stopped or drained with them. One thread.
class Savepoints {
 public:
  Savepoints(uint64_t seed, World& world, SeededFaults& faults);

  /// To be called again and again while the job runs.
  void turn(Job& job);
  /// The process has gone, and nobody waits for its savepoints.
  void forget() {
    pending_.clear();
    trouble_in_ = 0;
    trouble_when_stopped_ = false;
  }

 private:
  struct Pending {
    CheckpointPurpose purpose;
    std::future<std::string> path;
  };
  void trigger(Job& job);

  std::mt19937_64 random_;
  World& world_;
  SeededFaults& faults_;
  uint64_t trouble_in_ = 0;            // so many turns a job that is being stopped meets with it, ...
  bool trouble_when_stopped_ = false;  // ... or first when its savepoint is there
  // Few of them, or now and then one after another.
  uint64_t turns_ = 60;  // between two, about
  uint64_t left_ = 0;    // to be triggered
  uint64_t stops_ = 2;   // of them, that may end a job
  std::vector<Pending> pending_;
};

}  // namespace pf::testing
