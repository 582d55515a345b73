#pragma once

#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/checkpoint/checkpoint_sharing.h"
#include "plan/checkpoint_plan.h"
#include "plan/job_graph.h"
#include "runtime/checkpoint_history.h"
#include "runtime/checkpoint_news.h"
#include "runtime/execution_graph.h"
#include "runtime/executor.h"
#include "runtime/task_checkpoints.h"

namespace pf {

/// What is known of a complete checkpoint.
struct CompletedCheckpoint {
  uint64_t id = 0;
  std::string location;  // empty: in memory
};

/// The checkpoints of one job: brings to the coordinator what tasks report and the clock shows, and does what
/// it decides. Any thread may call any method; storage is used from one thread at a time, that of the `io`
/// executor, which may block. Owned by the job, which it outlives in nothing.
class JobCheckpoints final : public CheckpointListener {
 public:
  struct Environment {
    const JobGraph& graph;
    const JobId job;
    const Clock& clock;
    Executor& io;
    /// Calls back after so many nanoseconds.
    std::function<void(int64_t nanos, std::function<void()>)> after;
    /// The job cannot go on. Called from the `io` executor.
    std::function<void(const std::string& reason)> fail;
    /// Likewise.
    CheckpointNewsListener tell;
  };
  /// Goes on with the numbers of what the job is restored from, if it is not null.
  JobCheckpoints(const CheckpointPlan& plan, Environment environment,
                 std::shared_ptr<const Checkpoint> restored);
  /// Waits for what is being stored.
  ~JobCheckpoints() override;

  /// Tasks of the graph are about to run, in a new attempt of theirs; the others go on.
  void on_running(std::shared_ptr<const ExecutionGraph> graph, const std::vector<size_t>& tasks,
                  uint32_t attempt);
  /// Tasks have ended, or are about to, because some of them have failed. False, and nothing is done, where
  /// the others can't go on without them, since the job is being stopped.
  bool on_failed(const std::vector<size_t>& tasks);
  /// All have ended, or are about to.
  void on_stopped(const std::string& why);
  /// Begins a savepoint, in a folder of its own within `parent`; the future gives that folder, or throws
  /// Error saying why there is none. So does the call itself while the job can take none.
  std::future<std::string> trigger_savepoint(const Location& parent, CheckpointPurpose purpose);
  /// The job has ended for good.
  void on_job_ended(bool finished, bool cancelled);

  /// Of the complete ones that are kept, the latest that is not damaged, or the savepoint that was to end the
  /// job, or what the job was restored from: what a new attempt goes on from, with the state
  /// that it `needs`, or all where that is null. Null when there is none. Throws Error where it can't be read
  /// now: to go further back would repeat what sinks have committed. Nothing must become complete any more
  /// before those that go on from it run. On the thread of `io`, which first does what there is to do.
  std::shared_ptr<const Checkpoint> load_latest(const NeedsState& needs = nullptr);
  /// The job never goes back to what it was restored from: it need not be kept in memory.
  void let_go_of_restored();
  std::optional<CompletedCheckpoint> latest() const;
  /// How many have become complete, without savepoints.
  uint64_t completed() const;
  CheckpointCounts counts() const;
  /// Of the latest complete ones, oldest first.
  std::vector<CheckpointStatistics> statistics() const;
  std::optional<CheckpointStatistics> last_statistics() const;

 private:
  /// Storage's work, one piece after another.
  class Storing final : public Runnable {
   public:
    explicit Storing(JobCheckpoints& owner) : owner_(owner) {}
    void run() override { owner_.work(); }

   private:
    JobCheckpoints& owner_;
  };

  void acknowledged(Task& task, const Barrier& barrier, TaskSnapshotPtr snapshot) override;
  void declined(Task& task, uint64_t checkpoint, const std::string& reason) override;
  void reached_end(Task& task) override;
  void left(Task& task) override;

  // These hold the mutex.
  void obey(CheckpointActions actions);
  void begin(const TriggerCheckpoint& trigger);
  void store(StoreCheckpoint store);
  /// Nothing while no task runs. `message` is its name among the fault points.
  void ask_task(const char* message, size_t task, const CheckpointRequest& request);
  void notify(const NotifyComplete& complete);
  void drop_restored();
  void savepoint_done(uint64_t checkpoint, const std::string& failure);
  void post(std::function<void()> work);
  void wait_for_time();

  /// Of a complete checkpoint that is no longer needed.
  void discard(uint64_t checkpoint);
  void on_time(int64_t due);
  void stored(uint64_t checkpoint, const std::optional<std::string>& failure);
  /// Writes what the task has frozen, and then acknowledges for it, or declines.
  void write(uint32_t attempt, size_t task, const Barrier& barrier, const TaskSnapshotPtr& frozen);
  TaskSnapshotPtr written(const Barrier& barrier, const TaskSnapshot& frozen);
  void acknowledge(uint32_t attempt, size_t task, uint64_t checkpoint, const TaskSnapshotPtr& snapshot);
  void decline(uint32_t attempt, size_t task, uint64_t checkpoint, const std::string& reason);
  std::string name_of(const std::string& operator_id) const;
  void work();
  bool do_next();
  std::shared_ptr<const Checkpoint> load_latest_kept(const NeedsState& needs);
  std::shared_ptr<const Checkpoint> load_kept(uint64_t checkpoint, const LoadOptions& options);
  LoadOptions load_options(const NeedsState& needs) const;
  bool is_claimed(uint64_t checkpoint) const;
  std::string location_of(uint64_t checkpoint) const;
  std::vector<size_t> source_tasks() const;
  Checkpoint assemble(const StoreCheckpoint& store, const Barrier& barrier) const;
  size_t index_of(const Task& task) const;
  int64_t now() const { return environment_.clock.monotonic_nanos() / 1'000'000; }

  const CheckpointPlan plan_;
  const Environment environment_;
  const std::unique_ptr<CheckpointStorage> storage_;
  CheckpointSharing sharing_;  // used by the thread that stores, without the mutex

  mutable std::mutex mutex_;
  CheckpointCoordinator coordinator_;
  std::shared_ptr<const ExecutionGraph> graph_;  // null while nothing runs
  std::map<uint64_t, Barrier> barriers_;         // of what is pending
  std::vector<uint64_t> kept_;                   // complete, and not discarded
  struct Savepoint {
    Location folder;
    CheckpointPurpose purpose;
    std::promise<std::string> done;
    bool is_stored = false;
  };
  std::map<uint64_t, Savepoint> savepoints_;  // under way
  /// The savepoint that the job was last told to end with. Where it has failed all the same, it goes on from
  /// there.
  std::optional<std::pair<uint64_t, Location>> stopped_with_;
  uint64_t completed_ = 0;
  CheckpointHistory history_;
  std::map<uint64_t, std::vector<std::shared_ptr<UnwrittenState>>> unwritten_;  // by checkpoint
  /// Until the job has a checkpoint of its own.
  std::shared_ptr<const Checkpoint> restored_;
  std::optional<uint64_t> claimed_;  // its number, where it has become the job's own
  bool is_taken_over_ = false;       // so that later ones may refer to its files
  std::optional<int64_t> awaited_;   // the time that the coordinator is called at
  Storing storing_;
  std::deque<std::function<void()>> to_do_;
  bool at_work_ = false;
};

}  // namespace pf
