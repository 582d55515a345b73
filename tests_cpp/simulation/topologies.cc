#include "simulation/topologies.h"

#include <map>

#include "harness/number_windows.h"
#include "simulation/operators.h"

namespace pf::testing {
namespace {

constexpr int64_t kWindow = 60;
const std::vector<int64_t> kFirst = {0, 1, 2};
const std::vector<int64_t> kSecond = {3, 4};
const std::vector<int64_t> kControl = {5};

std::set<int64_t> both() { return {0, 1, 2, 3, 4}; }
std::set<int64_t> of(const std::vector<int64_t>& partitions) {
  return {partitions.begin(), partitions.end()};
}

std::vector<int64_t> records_of(const std::set<int64_t>& partitions, const World& world) {
  std::vector<int64_t> all;
  for (int64_t partition : partitions) {
    for (int64_t i = 0; i < world.records_in(partition); ++i)
      all.push_back(partition * World::kRecordsApart + i);
  }
  return all;
}

/// Declares transformations whose state is found again by name.
class Declarer {
 public:
  Declarer(Program& program, const World& world) : program_(program), world_(world) {}
  uint32_t source(const std::string& name, std::shared_ptr<const SourceFactory> factory,
                  uint32_t parallelism) {
    return named(name, program_.source(name, std::move(factory), parallelism));
  }
  uint32_t op(const std::string& name, std::shared_ptr<const OperatorFactory> factory, uint32_t parallelism) {
    return named(name, program_.op(name, std::move(factory), parallelism));
  }
  void connect(uint32_t from, uint32_t to, ShipStrategy strategy, int input = 0) {
    if (strategy == ShipStrategy::kForward &&
        program_.graph().node(from).parallelism != program_.graph().node(to).parallelism) {
      strategy = ShipStrategy::kRebalance;
    }
    program_.connect(from, to, strategy, input);
  }
  void connect_by_key(uint32_t from, uint32_t to, int input = 0) {
    StreamEdge edge;
    edge.source = from;
    edge.target = to;
    edge.strategy = ShipStrategy::kHash;
    edge.input = input;
    edge.keys = key_of_number(world_.keys());
    program_.graph().add_edge(std::move(edge));
  }

 private:
  uint32_t named(const std::string& name, uint32_t id) {
    program_.graph().node(id).uid = name;
    program_.graph().node(id).max_parallelism = 16;
    return id;
  }
  Program& program_;
  const World& world_;
};

void declare_count(Program& program, World& world, bool totals,
                   const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  auto source = to.source("numbers", numbered_source(world, kFirst), parallelism());
  auto count = to.op("count", keyed_counting(world, totals), parallelism());
  auto sink = to.op("sink", two_phase_sink(world), parallelism());
  to.connect_by_key(source, count);
  to.connect(count, sink, ShipStrategy::kRebalance);
}

/// Two programs that nothing connects, so that each fails for itself.
void declare_apart(Program& program, World& world, bool totals,
                   const std::function<uint32_t()>& parallelism) {
  declare_count(program, world, totals, parallelism);
  Declarer to(program, world);
  auto source = to.source("others", numbered_source(world, kSecond), parallelism());
  auto between = to.op("between", relay(world), parallelism());
  auto timing = to.op("timing", keyed_timing(world), parallelism());
  auto sink = to.op("second sink", two_phase_sink(world), parallelism());
  to.connect(source, between, ShipStrategy::kRebalance);
  to.connect_by_key(between, timing);
  to.connect(timing, sink, ShipStrategy::kForward);
}

/// As before, but all that can be is chained.
void declare_chains(Program& program, World& world, bool totals,
                    const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  uint32_t before = parallelism();
  uint32_t after = parallelism();
  auto source = to.source("numbers", numbered_source(world, kFirst), before);
  auto first = to.op("first", relay(world), before);
  auto second = to.op("second", relay(world), before);
  auto count = to.op("count", keyed_counting(world, totals), after);
  auto sink = to.op("sink", two_phase_sink(world), after);
  to.connect(source, first, ShipStrategy::kForward);
  to.connect(first, second, ShipStrategy::kForward);
  to.connect_by_key(second, count);
  to.connect(count, sink, ShipStrategy::kForward);
}

std::vector<std::string> expected_counts(const World& world, bool totals) {
  std::map<int64_t, int64_t> counts;
  std::vector<std::string> all;
  for (int64_t record : records_of(of(kFirst), world)) {
    int64_t key = record % world.keys();
    all.push_back(std::to_string(key) + " #" + std::to_string(++counts[key]));
  }
  for (auto [key, count] : counts) {
    if (totals) all.push_back("total " + std::to_string(key) + " = " + std::to_string(count));
  }
  return all;
}

void declare_windows(Program& program, World& world, bool, const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  auto left = to.source("left", numbered_source(world, kFirst), parallelism());
  auto right = to.source("right", numbered_source(world, kSecond), parallelism());
  auto both = to.op("both", relay(world), parallelism());
  auto windows =
      to.op("windows", number_windows({make_time_windows(kWindow, kWindow, 0, true)}), parallelism());
  auto sink = to.op("sink", two_phase_sink(world), parallelism());
  to.connect_by_key(left, both, 0);
  to.connect_by_key(right, both, 1);
  to.connect_by_key(both, windows);
  to.connect(windows, sink, ShipStrategy::kRescale);
}

std::vector<std::string> expected_windows(const World& world, bool) {
  std::map<std::pair<int64_t, int64_t>, std::string> windows;
  for (int64_t record : records_of(both(), world)) {
    auto& text = windows[{record % world.keys(), time_of(record) / kWindow * kWindow}];
    text.append(" ").append(std::to_string(record));
  }
  std::vector<std::string> all;
  for (const auto& [of, numbers] : windows) {
    all.push_back("[" + std::to_string(of.second) + "," + std::to_string(of.second + kWindow) + ")" +
                  numbers);
  }
  return all;
}

void declare_broadcast(Program& program, World& world, bool, const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  auto first = to.source("first", numbered_source(world, kFirst), parallelism());
  auto second = to.source("second", numbered_source(world, kSecond), parallelism());
  auto control = to.source("control", numbered_source(world, kControl), 1);
  auto op = to.op("broadcasting", broadcasting(world), parallelism());
  auto sink = to.op("sink", two_phase_sink(world), parallelism());
  to.connect(first, op, ShipStrategy::kRebalance, 0);
  to.connect(second, op, ShipStrategy::kShuffle, 0);
  to.connect(control, op, ShipStrategy::kBroadcast, 1);
  to.connect(op, sink, ShipStrategy::kForward);
}

std::vector<std::string> expected_broadcast(const World& world, bool) {
  std::vector<std::string> all;
  for (int64_t record : records_of(both(), world)) all.push_back("main " + std::to_string(record));
  for (int64_t record : records_of(of(kControl), world))
    all.push_back("control " + std::to_string(record) + " = 1");
  return all;
}

void declare_timers(Program& program, World& world, bool, const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  auto source = to.source("numbers", numbered_source(world, kFirst), parallelism());
  auto between = to.op("between", relay(world), parallelism());
  auto timing = to.op("timing", keyed_timing(world), parallelism());
  auto sink = to.op("sink", two_phase_sink(world), parallelism());
  to.connect(source, between, ShipStrategy::kRebalance);
  to.connect_by_key(between, timing);
  to.connect(timing, sink, ShipStrategy::kShuffle);
}

/// Some subtasks come to their end long before their neighbours.
void declare_neighbours(Program& program, World& world, bool, const std::function<uint32_t()>& parallelism) {
  Declarer to(program, world);
  auto source = to.source("numbers", numbered_source(world, kFirst), parallelism());
  auto first = to.op("first", relay(world), parallelism());
  auto second = to.op("second", relay(world), parallelism());
  auto timing = to.op("timing", keyed_timing(world), parallelism());
  auto sink = to.op("sink", two_phase_sink(world), parallelism());
  to.connect(source, first, ShipStrategy::kRescale);
  to.connect(first, second, ShipStrategy::kRescale);
  to.connect_by_key(second, timing);
  to.connect(timing, sink, ShipStrategy::kRescale);
}

std::vector<std::string> expected_timers_of(const std::vector<int64_t>& partitions, const World& world) {
  std::set<std::pair<int64_t, int64_t>> timers;
  std::vector<std::string> all;
  for (int64_t record : records_of(of(partitions), world)) {
    all.push_back("after " + std::to_string(record));
    timers.insert({record % world.keys(), timer_of(record)});
  }
  for (auto [key, time] : timers) all.push_back("timer " + std::to_string(key) + " " + std::to_string(time));
  return all;
}

std::vector<std::string> expected_timers(const World& world, bool) {
  return expected_timers_of(kFirst, world);
}

std::vector<std::string> expected_apart(const World& world, bool totals) {
  std::vector<std::string> all = expected_counts(world, totals);
  for (std::string& timer : expected_timers_of(kSecond, world)) all.push_back(std::move(timer));
  return all;
}

}  // namespace

const std::vector<Topology>& topologies() {
  static const std::vector<Topology> all = {
      {"count", declare_count, {{"numbers", of(kFirst)}}, {{"count", of(kFirst), true}}, expected_counts},
      {"chains",
       declare_chains,
       {{"numbers", of(kFirst)}},
       {{"first", of(kFirst), false, true}, {"second", of(kFirst), false, true}, {"count", of(kFirst), true}},
       expected_counts},
      {"windows",
       declare_windows,
       {{"left", of(kFirst)}, {"right", of(kSecond)}},
       {{"both", both()}},
       expected_windows},
      {"broadcast",
       declare_broadcast,
       {{"first", of(kFirst)}, {"second", of(kSecond)}, {"control", of(kControl)}},
       {{"broadcasting", both()}},
       expected_broadcast},
      {"timers",
       declare_timers,
       {{"numbers", of(kFirst)}},
       {{"between", of(kFirst)}, {"timing", of(kFirst)}},
       expected_timers},
      {"neighbours",
       declare_neighbours,
       {{"numbers", of(kFirst)}},
       {{"first", of(kFirst)}, {"second", of(kFirst)}, {"timing", of(kFirst)}},
       expected_timers},
      {"apart",
       declare_apart,
       {{"numbers", of(kFirst)}, {"others", of(kSecond)}},
       {{"count", of(kFirst), true}, {"between", of(kSecond)}, {"timing", of(kSecond)}},
       expected_apart},
  };
  return all;
}

}  // namespace pf::testing
