#include "simulation/simulation.h"

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include "base/error.h"
#include "runtime/job.h"
#include "runtime/seeded_executor.h"
#include "simulation/savepoints.h"
#include "simulation/seeded_faults.h"
#include "simulation/topologies.h"
#include "state/rocksdb/rocksdb_state_backend.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

/// Steps of the executor in which a job has to come to its end: tens of times what it takes.
constexpr uint64_t kMostSteps = 60'000;
constexpr uint64_t kMostProcesses = 20;

/// In memory where the system offers that: a simulation syncs much.
fs::path new_folder() {
  fs::path base = fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
  std::string path = (base / "pyflinkpp-simulation-XXXXXX").string();
  PF_CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

bool is_over(JobStatus status) {
  return status == JobStatus::kFinished || status == JobStatus::kFailed || status == JobStatus::kCanceled;
}

class Simulation {
 public:
  Simulation(uint64_t seed, const std::string& defect, bool verbose)
      : random_(seed),
        topology_(topologies()[random_() % topologies().size()]),
        records_(10 + static_cast<int64_t>(random_() % 30)),
        rescales_(random_() % 2 == 0),
        totals_(!rescales_),
        world_(new_folder(), records_, random_() % 4 == 0 ? 40 : 5, some_mode()),
        faults_(seed, world_, clock_, defect),
        savepoints_(seed, world_, faults_) {
    world_.verbose = verbose;
    settings_.interval = 3 + static_cast<int64_t>(random_() % 12);
    settings_.timeout = 15 + static_cast<int64_t>(random_() % 60);
    settings_.min_pause = random_() % 3 == 0 ? 4 : 0;
    settings_.max_concurrent = 1 + random_() % 3;
    settings_.tolerable_failures = random_() % 3 == 0 ? 0 : random_() % 5;
    settings_.retained = 1 + random_() % 2;
    if (!is_exact()) {
      // As many barriers on their way at a time as may be.
      settings_.min_pause = 0;
      settings_.max_concurrent += 2;
    } else if (random_() % 3 > 0) {
      overtake_after_ = random_() % 2 == 0 ? 0 : 1 + static_cast<int64_t>(random_() % 5);
      settings_.max_concurrent = 1;
      settings_.waits_for_savepoints = true;
    }
    turns_ = 4 + random_() % 12;
    restarts_all_ = random_() % 4 == 0;
    uses_rocksdb_ = random_() % 20 == 0;
    dies_every_ = random_() % 4 == 0 ? 500 + random_() % 3000 : 0;
    new_parallelism();
  }

  Simulated run() {
    std::shared_ptr<const Checkpoint> restored;
    while (!over_) {
      if (world_.processes() == kMostProcesses) {
        world_.violate("the job is not over after so many processes");
        break;
      }
      try {
        run_process(restored);
      } catch (const std::logic_error& broken) {
        world_.violate(broken.what());
        break;
      }
      if (over_) break;
      if (world_.processes() >= 3) dies_every_ = 0;
      restored = world_.recover();
      if (rescales_) new_parallelism();
    }
    if (world_.violations().empty()) check_results();
    Simulated result;
    result.violations = world_.violations();
    result.history = world_.history();
    result.checkpoints = world_.checkpoints();
    result.savepoints = world_.savepoints();
    result.processes = world_.processes();
    result.in_flight = world_.in_flight();
    result.behind_cuts = world_.behind_cuts();
    result.shared_files = world_.shared_files();
    result.restarts = restarts_;
    result.steps = steps_;
    result.faults = faults_.happened();
    result.setup = std::string(topology_.name) + ", " + std::to_string(records_) +
                   " records of each partition, " + (rescales_ ? "rescaled" : "at one parallelism");
    if (!is_exact()) result.setup += ", at least once";
    if (overtake_after_)
      result.setup += ", barriers overtake after " + std::to_string(*overtake_after_) + " ms";
    return result;
  }

 private:
  Guarantee::Mode some_mode() {
    return random_() % 8 == 0 ? Guarantee::Mode::kAtLeastOnce : Guarantee::Mode::kExactlyOnce;
  }
  bool is_exact() const { return world_.guarantee().mode() == Guarantee::Mode::kExactlyOnce; }

  void new_parallelism() {
    parallelism_.resize(8);
    for (uint32_t& parallelism : parallelism_) parallelism = 1 + static_cast<uint32_t>(random_() % 3);
  }

  void run_process(const std::shared_ptr<const Checkpoint>& restored) {
    Program program;
    size_t next = 0;
    topology_.declare(program, world_, totals_, [&] { return parallelism_.at(next++); });
    StreamGraph& graph = program.graph();
    graph.batch_size = 4;
    graph.restart = FixedDelay{1'000'000, 2};
    if (restarts_all_) graph.failover = FailoverStrategy::kFull;
    graph.restored = restored;
    if (restored && random_() % 2 == 0) graph.claimed = world_.claim();
    if (uses_rocksdb_) graph.state_backend = some_state_backend();
    graph.checkpoints.emplace();
    graph.checkpoints->settings = settings_;
    graph.checkpoints->mode = world_.guarantee().mode();
    graph.checkpoints->overtake_after = overtake_after_;
    graph.checkpoints->make_storage = [this](const JobId& job) { return world_.make_storage(job); };
    auto order = random_() % 2 == 0 ? SeededExecutor::Order::kUniform : SeededExecutor::Order::kPriority;
    auto executor = std::make_shared<SeededExecutor>(random_(), order);
    // When the job has gone: messages on their way hold tasks, which have places in the executor.
    const std::unique_ptr<SeededFaults, void (*)(SeededFaults*)> forgets(
        &faults_, [](SeededFaults* faults) { faults->forget_messages(); });
    world_.begin_process(topology_.stages, topology_.sources, settings_.retained);
    {
      Job job(program.shared(), executor, executor, executor, clock_, random_());
      job.on_restart([this](uint32_t restarts, const std::exception_ptr& failure) {
        world_.note("restart " + std::to_string(restarts) + ": " + text_of(failure));
        ++restarts_;
        world_.on_restart();
        if (text_of(failure).find("internal error") != std::string::npos) world_.violate(text_of(failure));
      });
      job.start();
      try {
        drive(job, *executor);
      } catch (const std::logic_error& broken) {
        world_.violate(broken.what());
        over_ = true;
      }
      if (!over_) world_.die();
      savepoints_.forget();
    }
  }

  /// What one process leaves another kind of backend goes on from.
  std::shared_ptr<const StateBackend> some_state_backend() {
    const uint64_t kind = random_() % 8;
    if (kind == 0) return make_heap_state_backend();
    RocksDbOptions options;
    options.directories = {world_.scratch_folder().string()};
    options.cached_entries = 1 + random_() % 8;
    options.rows_of_file = 1 + random_() % 8;
    options.incremental = kind > 2;
    options.writes_beside = false;
    return make_rocksdb_state_backend(std::move(options));
  }

  void drive(Job& job, SeededExecutor& executor) {
    uint64_t left = dies_every_ == 0 ? 0 : 1 + random_() % dies_every_;
    while (world_.alive()) {
      if (is_over(job.status())) {
        // Else the next process goes on.
        over_ = !world_.has_stopped() || world_.is_drained();
        if (job.status() != JobStatus::kFinished)
          world_.violate("the job has failed: " + text_of(job.failure()));
        world_.finish();
        executor.drain();
        world_.check_finished();
        return;
      }
      if (++steps_ > kMostSteps || world_.violations().size() > 3) {
        if (steps_ > kMostSteps) world_.violate("the job does not come to its end");
        over_ = true;
        return;
      }
      if (left > 0 && --left == 0) return world_.die();
      faults_.deliver_due();
      savepoints_.turn(job);
      if (random_() % turns_ == 0) {
        clock_.advance_millis(1);
      } else if (!executor.run_one()) {
        clock_.advance_towards(clock_.epoch_millis() + 5);
      }
    }
  }

  void check_results() {
    const auto expected = topology_.expected(world_, totals_);
    world_.forget_drain();
    const auto possible = topology_.expected(world_, totals_);
    for (const std::string& wrong : world_.guarantee().wrong_with(world_.committed(), expected, possible)) {
      if (world_.violations().size() < 5) world_.violate(wrong);
    }
  }

  std::mt19937_64 random_;
  const Topology& topology_;
  const int64_t records_;
  const bool rescales_;
  const bool totals_;
  ManualClock clock_{1'000};
  World world_;
  SeededFaults faults_;
  Savepoints savepoints_;
  CheckpointSettings settings_;
  std::optional<int64_t> overtake_after_;
  std::vector<uint32_t> parallelism_;
  uint64_t turns_ = 0;
  uint64_t dies_every_ = 0;
  bool restarts_all_ = false;
  bool uses_rocksdb_ = false;
  uint64_t steps_ = 0;
  uint64_t restarts_ = 0;
  bool over_ = false;
};

}  // namespace

Simulated simulate(uint64_t seed, const std::string& defect, bool verbose) {
  return Simulation(seed, defect, verbose).run();
}

}  // namespace pf::testing
