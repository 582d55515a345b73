// Replays simulated lives of jobs: pyflinkpp_simulation [--seed N] [--seeds N] [--defect NAME] [--verbose]

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "simulation/simulation.h"

int main(int count, char** arguments) {
  uint64_t seed = 0;
  uint64_t seeds = 1;
  std::string defect;
  bool verbose = false;
  for (int i = 1; i < count; ++i) {
    std::string name = arguments[i];
    if (name == "--verbose") {
      verbose = true;
    } else if (i + 1 < count && name == "--seed") {
      seed = std::strtoull(arguments[++i], nullptr, 10);
    } else if (i + 1 < count && name == "--seeds") {
      seeds = std::strtoull(arguments[++i], nullptr, 10);
    } else if (i + 1 < count && name == "--defect") {
      defect = arguments[++i];
    } else {
      std::cerr << "usage: pyflinkpp_simulation [--seed N] [--seeds N] [--defect NAME] [--verbose]\n";
      return 2;
    }
  }
  pf::testing::Simulated all;
  uint64_t bad = 0;
  for (uint64_t at = seed; at < seed + seeds; ++at) {
    pf::testing::Simulated one = pf::testing::simulate(at, defect, verbose);
    all.checkpoints += one.checkpoints;
    all.savepoints += one.savepoints;
    all.processes += one.processes;
    all.in_flight += one.in_flight;
    all.behind_cuts += one.behind_cuts;
    all.shared_files += one.shared_files;
    all.restarts += one.restarts;
    all.faults += one.faults;
    all.steps = std::max(all.steps, one.steps);
    if (one.violations.empty()) continue;
    ++bad;
    std::cout << "seed " << at << " (" << one.setup << ")\n";
    for (size_t i = 0; i < one.violations.size() && i < 5; ++i)
      std::cout << "  " << one.violations[i] << std::endl;
  }
  std::cout << seeds << " seeds: " << bad << " bad; " << all.checkpoints << " checkpoints, " << all.savepoints
            << " savepoints, " << all.processes << " processes, " << all.in_flight << " records in flight, "
            << all.behind_cuts << " records behind cuts, " << all.shared_files << " shared files, "
            << all.restarts << " restarts, " << all.faults << " faults; " << all.steps << " steps at most\n";
  return bad == 0 ? 0 : 1;
}
