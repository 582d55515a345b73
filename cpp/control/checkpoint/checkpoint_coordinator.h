#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "control/checkpoint/task_snapshot.h"
#include "model/stream_element.h"

namespace pf {

/// Times in milliseconds.
struct CheckpointSettings {
  /// From one trigger to the next; none: only those that are asked for.
  std::optional<int64_t> interval;
  int64_t timeout = 600'000;
  /// From the end of one checkpoint to the trigger of the next, which then is never concurrent.
  int64_t min_pause = 0;
  size_t max_concurrent = 1;
  /// How many in a row may fail before the job does.
  size_t tolerable_failures = 0;
  /// How many complete ones are kept.
  size_t retained = 1;
  /// A savepoint under way puts off the next checkpoint, whose barriers would overtake its own.
  bool waits_for_savepoints = false;
};

/// What a checkpoint is taken for.
enum class CheckpointPurpose : uint8_t {
  kRecovery,   // to go on from after a failure
  kSavepoint,  // for whoever asked to keep; the job goes on, and its sinks are not told
  kSuspend,    // a savepoint with which the job ends where it is
  kDrain,      // a savepoint with which the job ends, behind all that its sources had to say
};
inline bool ends_job(CheckpointPurpose purpose) {
  return purpose == CheckpointPurpose::kSuspend || purpose == CheckpointPurpose::kDrain;
}

// What the coordinator wants done, in the order in which it says so.

/// Sources shall send the barrier; tasks at their end, which no barrier reaches, shall acknowledge it at
/// once.
struct TriggerCheckpoint {
  Barrier barrier;
  std::vector<size_t> ended;
};
/// A task has come to its end while others still take part: it shall acknowledge at once.
struct AskEndedTask {
  Barrier barrier;
  size_t task;
};
/// Sources shall end as if their input were used up.
struct EndSources {};
/// No checkpoint is to come that a task at its end should wait for.
struct LetGo {
  size_t task;
};
/// All is there: to be written, and reported by `on_stored` or `on_not_stored`.
struct StoreCheckpoint {
  uint64_t checkpoint;
  /// Of each task.
  std::vector<TaskSnapshotPtr> snapshots;
};
/// Every task shall know that the checkpoint will never be lost again.
struct NotifyComplete {
  uint64_t checkpoint;
  bool ends_job = false;  // and then end
  /// Of each task: it was at its end in it, as was all of its vertex, so that it needs no other.
  std::vector<bool> may_leave;
};
/// It is stored, and now belongs to whoever asked for it.
struct SavepointComplete {
  uint64_t checkpoint;
};
/// Every task shall know that the checkpoint will never be complete, and what was written of it shall go.
struct NotifyAborted {
  uint64_t checkpoint;
  std::string reason;
  bool has_failed = false;  // else it is no longer wanted
};
/// A complete checkpoint is no longer needed.
struct DiscardCheckpoint {
  uint64_t checkpoint;
};
/// Too many have failed.
struct FailJob {
  std::string reason;
};
using CheckpointAction =
    std::variant<TriggerCheckpoint, AskEndedTask, EndSources, LetGo, StoreCheckpoint, NotifyComplete,
                 SavepointComplete, NotifyAborted, DiscardCheckpoint, FailJob>;
using CheckpointActions = std::vector<CheckpointAction>;

/// Decides when checkpoints are taken, when one is complete, and when to give one up. Plain code: told the
/// time and what came in, answers with what is to be done; without thread, clock or files. Owned by the job,
/// and asked by one thread at a time. Goes on through restarts of the job, so that no id comes twice; what a
/// job needs of it after a crash is in the checkpoints themselves.
///
/// Tasks are numbers from 0, those of one vertex after those of another. A task at its end stays, and goes on
/// acknowledging, until all of its vertex may go: of a vertex that has not ended, each checkpoint has the
/// state of every subtask. Whatever an earlier attempt, an unknown checkpoint or a task that has reported
/// before says is passed over.
class CheckpointCoordinator {
 public:
  /// `vertices` says how many tasks each has; `next` is the id of the first checkpoint: beyond those of any
  /// earlier run.
  CheckpointCoordinator(CheckpointSettings settings, const std::vector<size_t>& vertices, uint64_t next = 1);

  /// Tasks run, in an attempt of theirs. What was pending before is given up; nothing is triggered until all
  /// tasks of the job run.
  CheckpointActions on_running(int64_t now, const std::vector<size_t>& tasks, uint32_t attempt);
  /// Likewise all of them.
  CheckpointActions on_running(int64_t now, uint32_t attempt);
  /// The attempt of these tasks has failed: nothing is triggered until they run again. The others go on, so
  /// none of them may be ending with a savepoint (`is_stopping`).
  CheckpointActions on_stopped(const std::vector<size_t>& tasks, const std::string& why);
  /// Likewise all of them, or the job ends.
  CheckpointActions on_stopped(const std::string& why);
  /// Whether the job is being stopped with a savepoint, or has been: its tasks go on together or not at all.
  bool is_stopping() const { return stopping_.has_value(); }
  /// To be called at `next_time`, or whenever.
  CheckpointActions on_time(int64_t now);
  /// When it has something to decide; none before something else happens.
  std::optional<int64_t> next_time() const;

  /// A checkpoint that someone asked for: at once, whatever the limits say. Nothing while the job doesn't
  /// run.
  CheckpointActions trigger(int64_t now);
  /// Likewise a savepoint; it fails for itself, is kept by nobody here, and stands in no checkpoint's way.
  /// Nothing else is triggered while one is to end the job.
  struct Savepoint {
    uint64_t checkpoint;
    CheckpointActions actions;
  };
  Savepoint trigger_savepoint(int64_t now, CheckpointPurpose purpose);
  /// Why there can be no savepoint now; empty when there can.
  std::string refuses_savepoint() const;
  /// A checkpoint of an earlier run is the first one that is kept. Before `on_running`.
  void adopt(uint64_t checkpoint) { completed_.push_back(checkpoint); }

  CheckpointActions on_acknowledged(uint32_t attempt, uint64_t checkpoint, size_t task,
                                    TaskSnapshotPtr snapshot);
  CheckpointActions on_declined(int64_t now, uint32_t attempt, uint64_t checkpoint, size_t task,
                                const std::string& reason);
  /// The task has passed on its last result. When it was the last one, and checkpoints are taken by
  /// themselves, one is triggered at once: what the job did since the one before is to become final. Where
  /// none are, and it was the last one of its vertex, that may go.
  CheckpointActions on_ended(int64_t now, uint32_t attempt, size_t task);
  /// A task at its end has been told of a complete checkpoint that says so, and is gone: `snapshot` counts
  /// for it from now on, in checkpoints later than the last one that it has heard of.
  CheckpointActions on_left(uint32_t attempt, size_t task, uint64_t last_heard_of, TaskSnapshotPtr snapshot);

  CheckpointActions on_stored(int64_t now, uint64_t checkpoint);
  CheckpointActions on_not_stored(int64_t now, uint64_t checkpoint, const std::string& reason);

  /// The latest complete one, of this run.
  std::optional<uint64_t> latest() const;
  size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    Barrier barrier;
    int64_t deadline;
    std::vector<TaskSnapshotPtr> snapshots;  // null of those that have not acknowledged
    size_t missing;
    CheckpointPurpose purpose;
    bool storing = false;
    std::vector<bool> may_leave = {};  // once it is complete
  };

  void trigger_now(int64_t now, uint64_t checkpoint, CheckpointPurpose purpose, CheckpointActions& actions);
  /// What the end of all tasks asks for.
  void look_if_all_ended(int64_t now, CheckpointActions& actions);
  size_t max_concurrent() const { return settings_.min_pause > 0 ? 1 : settings_.max_concurrent; }
  size_t tasks_left() const;
  /// Of each task: it and all of its vertex are such.
  std::vector<bool> all_of_vertex(const std::function<bool(size_t task)>& is_such) const;
  /// When the next one is to be triggered by itself; never as long as something has to happen before.
  int64_t due_at() const;
  void take_in(Pending& pending, size_t task, TaskSnapshotPtr snapshot, CheckpointActions& actions);
  void look_if_complete(Pending& pending, CheckpointActions& actions);
  /// Gives up those that still wait for tasks and that are chosen.
  void give_up_if(const std::function<bool(const Pending&)>& chosen, const std::string& reason,
                  CheckpointActions& actions);
  /// Gives up one that was wanted.
  void fail(int64_t now, uint64_t checkpoint, const std::string& reason, CheckpointActions& actions);
  /// What is due now that something has changed.
  void go_on(int64_t now, CheckpointActions& actions);
  /// Whether the task's attempt is the one that runs.
  bool is_current(size_t task, uint32_t attempt) const;
  /// What a task of this attempt may still have its say about.
  Pending* find(size_t task, uint32_t attempt, uint64_t checkpoint);
  std::vector<size_t> all_tasks() const;

  const CheckpointSettings settings_;
  const size_t tasks_;
  std::vector<size_t> vertex_of_;  // of each task
  uint64_t next_;
  uint32_t attempt_ = 0;                           // the latest of any task
  std::vector<std::optional<uint32_t>> attempts_;  // of those that run
  bool running_ = false;                           // all of them, and the job is not about to fail
  std::map<uint64_t, Pending> pending_;
  std::set<size_t> ended_;             // tasks that are still there
  std::vector<TaskSnapshotPtr> left_;  // of those that have gone, else null
  std::deque<uint64_t> completed_;
  std::optional<uint64_t> stopping_;  // the savepoint that is to end the job, ...
  bool draining_ = false;             // ... which begins when all tasks have ended
  int64_t next_trigger_ = std::numeric_limits<int64_t>::max();
  int64_t pause_until_ = std::numeric_limits<int64_t>::min();
  size_t failures_ = 0;  // in a row
};

}  // namespace pf
