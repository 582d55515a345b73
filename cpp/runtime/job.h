#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plan/job_graph.h"
#include "runtime/execution_graph.h"
#include "runtime/job_checkpoints.h"
#include "runtime/queryable_states.h"
#include "runtime/timer_queue.h"

namespace pf {

enum class JobStatus : uint8_t {
  kCreated,
  kRunning,
  kFailing,
  kRestarting,
  kCancelling,
  kFinished,
  kFailed,
  kCanceled,
};

const char* name_of(JobStatus status);

/// One run of a program within this process. Any thread may call any method; tasks run on the
/// executors it was given, which must outlive it as the clock must. A task that fails ends those of its
/// region (JobGraph::regions); the restart strategy then decides whether they run again, from the latest
/// checkpoint or from where the job began, while the others go on, or the job fails as a whole.
class Job final : private TaskListener {
 public:
  /// Takes what the graph goes on from. Throws Error when it cannot run (empty, cyclic). `io` may block in
  /// what it runs, one after another: storage's work, and restarts.
  Job(const std::shared_ptr<StreamGraph>& graph, std::shared_ptr<Executor> native,
      std::shared_ptr<Executor> lane, std::shared_ptr<Executor> io, Clock& clock, uint64_t seed);
  /// Cancels what still runs and waits for it.
  ~Job() override;

  const JobId& id() const { return id_; }
  /// Told of each restart, before tasks run again: its number and what failed. On the thread of `io`.
  using RestartListener = std::function<void(uint32_t restarts, std::exception_ptr failure)>;
  /// Before `start`.
  void on_restart(RestartListener listener) { on_restart_ = std::move(listener); }
  /// Likewise. Called from a thread that may block.
  void on_checkpoint_news(CheckpointNewsListener listener) { on_checkpoint_news_ = std::move(listener); }
  void start();
  /// Ends the job at the next step of each task; returns at once.
  void cancel();
  /// Waits until no task runs any more; false when `millis` passed first. Negative: no limit.
  bool wait(int64_t millis);
  JobStatus status() const;
  /// What the task threw that failed last; of several in a region the first. Null if none did.
  std::exception_ptr failure() const;
  /// Whether no task runs or is about to: nothing moves on before something comes from outside, or the
  /// clock goes on.
  bool at_rest() const;
  /// How often the job, or a region of it, has run again.
  uint32_t restarts() const;
  /// Null where none are taken, nor savepoints.
  const JobCheckpoints* checkpoints() const { return checkpoints_.get(); }
  /// As JobCheckpoints says; throws Error where the job can take none.
  std::future<std::string> trigger_savepoint(const Location& parent, CheckpointPurpose purpose);
  /// What a queryable state has for a key, as a snapshot; null where that is nothing. The task that owns the
  /// key is asked; the future throws Error where it ends, or starts over, before it has answered. So does the
  /// call itself where there is no such state, or the job has ended. `hash_code` is the key's, as Java has
  /// it.
  std::future<std::shared_ptr<const KeyedSnapshot>> look_up(const std::string& queryable_name,
                                                            std::string_view key, int32_t hash_code) const;
  const QueryableStates& queryable_states() const { return queryable_states_; }
  /// From start to end, or to now.
  int64_t runtime_millis() const;
  const JobGraph& job_graph() const { return job_graph_; }
  /// What runs now.
  std::shared_ptr<const ExecutionGraph> execution_graph() const;

 private:
  struct Outage;
  /// What starts over together.
  struct Region {
    std::vector<uint32_t> vertices;
    std::vector<size_t> tasks;
    size_t running = 0;  // of its tasks
    uint32_t attempt = 0;
    Outage* outage = nullptr;
  };
  /// A failure, from its moment until the regions that it has ended run again.
  struct Outage {
    std::vector<Region*> regions;
    std::exception_ptr cause;

    size_t running() const;
  };

  /// What starts over, one outage after another.
  class Restarting final : public Runnable {
   public:
    explicit Restarting(Job& owner) : owner_(owner) {}
    void run() override { owner_.restart_due(); }

   private:
    Job& owner_;
  };

  void task_ended(Task& task, std::exception_ptr failure) override;
  std::unique_ptr<JobCheckpoints> make_checkpoints();
  void fail(std::exception_ptr failure, const Task* of = nullptr);
  void restart_due();
  void restart(Outage& outage);

  // These hold the mutex.
  void begin(Region& region);
  /// The regions that end when this task has failed, or the job as a whole, that have not ended before.
  std::vector<Region*> affected_by(const Task* failed);
  Region& region_of(const Task& task) { return *region_of_vertex_.at(task.attempt().vertex); }
  void outage_ended(Outage& outage);
  void fail_for_good();
  std::shared_ptr<ExecutionGraph> rebuild(const Outage& outage);
  /// Ids of operators that start over.
  std::set<std::string> operators_of(const Outage& outage) const;
  bool is_over() const;
  void refresh_status();
  void reach(JobStatus terminal);

  const JobId id_ = JobId::random();
  const std::shared_ptr<const StreamGraph> graph_;
  const JobGraph job_graph_;
  const std::shared_ptr<Executor> native_;
  const std::shared_ptr<Executor> lane_;
  const std::shared_ptr<Executor> io_;
  Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  JobStatus status_ = JobStatus::kCreated;
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<Region*> region_of_vertex_;
  std::list<Outage> outages_;
  Restarting restarting_;
  std::deque<Outage*> restarts_due_;  // also the one that is under way
  size_t running_ = 0;                // tasks
  bool doomed_ = false;               // all tasks are ending, and the job then has failed
  uint32_t restarts_ = 0;
  std::exception_ptr failure_;
  int64_t started_at_ = 0;
  int64_t ended_at_ = 0;

  QueryableStates queryable_states_;
  TaskEnvironment environment_;
  std::unique_ptr<RestartStrategy> restart_strategy_;
  RestartListener on_restart_;
  CheckpointNewsListener on_checkpoint_news_;
  bool rebuilding_ = false;  // a restart is under way outside of the mutex
  std::unique_ptr<JobCheckpoints> checkpoints_;
  std::shared_ptr<ExecutionGraph> execution_graph_;
  TimerQueue timers_;  // last: stops first, so that no timer wakes a task that is gone
};

}  // namespace pf
