#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "harness/program.h"
#include "simulation/world.h"

namespace pf::testing {

/// A kind of program that is simulated, with what it has to commit.
struct Topology {
  const char* name;
  /// Declares it; `parallelism` gives one for each transformation. `totals`: with results at the end.
  std::function<void(Program&, World&, bool totals, const std::function<uint32_t()>&)> declare;
  std::vector<Stage> sources;
  /// The operators that keep a ledger.
  std::vector<Stage> stages;
  std::function<std::vector<std::string>(const World& world, bool totals)> expected;
};

const std::vector<Topology>& topologies();

}  // namespace pf::testing
