#include "simulation/simulation.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kSeedsOfShard = 20;
constexpr uint64_t kSeedsForDefect = 200;
#else
constexpr uint64_t kSeedsOfShard = 1'000;
constexpr uint64_t kSeedsForDefect = 6'000;
#endif

std::string text_of(uint64_t seed, const Simulated& simulated) {
  std::string text = "to replay: pyflinkpp_simulation --seed " + std::to_string(seed) + " --verbose\n";
  text += simulated.setup + "\n";
  for (const std::string& violation : simulated.violations) text += violation + "\n";
  return text;
}

/// 20 shards of seeds, so that ctest runs them side by side.
class SimulationTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SimulationTest, TheGuaranteeIsKept) {
  uint64_t checkpoints = 0;
  uint64_t savepoints = 0;
  uint64_t processes = 0;
  uint64_t in_flight = 0;
  uint64_t behind_cuts = 0;
  uint64_t shared_files = 0;
  for (uint64_t i = 0; i < kSeedsOfShard; ++i) {
    uint64_t seed = GetParam() * kSeedsOfShard + i;
    Simulated simulated = simulate(seed);
    ASSERT_TRUE(simulated.violations.empty()) << text_of(seed, simulated);
    checkpoints += simulated.checkpoints;
    savepoints += simulated.savepoints;
    processes += simulated.processes;
    in_flight += simulated.in_flight;
    behind_cuts += simulated.behind_cuts;
    shared_files += simulated.shared_files;
  }
  // It has been eventful.
  EXPECT_GT(checkpoints, 2 * kSeedsOfShard);
  EXPECT_GT(savepoints, kSeedsOfShard / 10);
  EXPECT_GT(processes, kSeedsOfShard * 6 / 5);
  EXPECT_GT(in_flight, kSeedsOfShard);
  EXPECT_GT(behind_cuts, kSeedsOfShard / 10);
  EXPECT_GT(shared_files, kSeedsOfShard / 10);
}
INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, ::testing::Range<uint64_t>(0, 20));

TEST(SimulationTest, TheSameSeedHasTheSameHistory) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(simulate(seed).history, simulate(seed).history) << seed;
    EXPECT_NE(simulate(seed).history, simulate(seed + 1).history) << seed;
  }
}

/// A simulation that finds no defect proves nothing.
class DefectTest : public ::testing::TestWithParam<const char*> {};

TEST_P(DefectTest, IsFound) {
  for (uint64_t seed = 0; seed < kSeedsForDefect; ++seed) {
    if (simulate(seed, GetParam()).violations.empty()) continue;
    RecordProperty("seeds", static_cast<int>(seed + 1));
    return;
  }
  FAIL() << kSeedsForDefect << " seeds do not show it";
}

INSTANTIATE_TEST_SUITE_P(
    Engine, DefectTest,
    ::testing::Values(
        "abort_told_as_complete", "acknowledgement_counted_twice", "any_checkpoint_covers_end",
        "broadcast_state_not_kept", "complete_before_stored", "complete_without_one", "completion_not_told",
        "cut_at_first_barrier", "discarded_before_replaced", "end_without_checkpoint", "ended_by_itself",
        "ended_runs_again", "fastest_watermark", "given_up_while_stored", "ids_begin_anew",
        "key_group_off_by_one", "latest_not_restored", "leaves_before_its_vertex", "left_survives_restart",
        "metadata_removed_last", "newest_discarded", "no_alignment", "no_fencing", "notice_of_next_id",
        "odd_items_lost", "oldest_restored", "one_too_few_retained", "only_head_awaited",
        "overtaken_becomes_latest", "pending_survives_restart", "source_not_prepared",
        "state_of_ended_forgotten", "storage_failure_ignored", "timers_not_kept", "trigger_obeyed_twice",
        // At least once.
        "earlier_barriers_counted", "first_barrier_cuts_at_least_once",
        // Of barriers that overtake.
        "behind_ring_not_recorded", "in_flight_lost", "in_flight_not_dealt_out", "in_flight_replayed_twice",
        "read_not_recorded", "rest_lost", "rest_put_last", "watermark_overtakes",
        "watermarks_kept_for_others",
        // Of snapshots that are written while their operators go on.
        "acknowledged_before_written", "cells_not_flushed", "changed_before_written",
        "cut_acknowledged_unwritten", "earlier_snapshot_dropped", "entry_not_marked",
        "failed_write_acknowledged", "later_entry_in_snapshot", "walk_not_begun_anew",
        // Of savepoints.
        "any_abort_ends_halt", "drain_forgets_read_ahead", "drain_leaves_pending",
        "drained_without_watermark", "given_up_stop_halts", "leaving_answers_for_cut",
        "savepoint_counts_as_checkpoint", "savepoint_of_files", "savepoint_overtakes", "stop_forgotten",
        "stop_halts_nobody", "stop_not_taken_back", "stopping_job_restarts_in_part",
        // Of RocksDB, and of files that checkpoints have in common.
        "changing_files_shared", "claimed_takes_all_files", "files_of_aborted_stay", "files_of_subsumed_stay",
        "files_without_identity", "links_made_when_read", "run_not_handed_over", "shared_not_referred",
        "view_taken_when_read", "written_after_abort"),
    [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pf::testing
