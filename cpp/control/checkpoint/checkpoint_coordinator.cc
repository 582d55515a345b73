#include "control/checkpoint/checkpoint_coordinator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr char kOvertaken[] = "a later checkpoint is complete";

}  // namespace

CheckpointCoordinator::CheckpointCoordinator(CheckpointSettings settings, const std::vector<size_t>& vertices,
                                             uint64_t next)
    : settings_(settings),
      tasks_(std::accumulate(vertices.begin(), vertices.end(), size_t{0})),
      next_(next),
      attempts_(tasks_),
      left_(tasks_) {
  for (size_t vertex = 0; vertex < vertices.size(); ++vertex) {
    vertex_of_.insert(vertex_of_.end(), vertices[vertex], vertex);
  }
  PF_CHECK(settings_.max_concurrent > 0);
  PF_CHECK(settings_.retained > 0);
}

CheckpointActions CheckpointCoordinator::on_running(int64_t now, const std::vector<size_t>& tasks,
                                                    uint32_t attempt) {
  CheckpointActions actions = on_stopped(tasks, "the job was restarted");
  attempt_ = std::max(attempt_, attempt);
  for (size_t task : tasks) attempts_.at(task) = attempt;
  running_ =
      std::all_of(attempts_.begin(), attempts_.end(), [](const auto& runs) { return runs.has_value(); });
  if (PFPP_MUTANT("no_fencing")) next_ = latest().value_or(0) + 1;
  if (!running_) return actions;
  if (settings_.interval) next_trigger_ = now + *settings_.interval;
  pause_until_ = now;
  return actions;
}

CheckpointActions CheckpointCoordinator::on_running(int64_t now, uint32_t attempt) {
  return on_running(now, all_tasks(), attempt);
}

CheckpointActions CheckpointCoordinator::on_stopped(const std::vector<size_t>& tasks,
                                                    const std::string& why) {
  CheckpointActions actions;
  // One that is being written may still become complete: all of it is before whatever stopped the tasks.
  if (!PFPP_MUTANT("pending_survives_restart")) give_up_if([](const Pending&) { return true; }, why, actions);
  if (std::exchange(draining_, false)) actions.push_back(NotifyAborted{*stopping_, why});
  stopping_.reset();
  running_ = false;
  next_trigger_ = kNever;
  for (size_t task : tasks) {
    attempts_.at(task).reset();
    ended_.erase(task);
    if (!PFPP_MUTANT("left_survives_restart")) left_[task] = nullptr;
  }
  return actions;
}

CheckpointActions CheckpointCoordinator::on_stopped(const std::string& why) {
  return on_stopped(all_tasks(), why);
}

CheckpointActions CheckpointCoordinator::on_time(int64_t now) {
  CheckpointActions actions;
  std::vector<uint64_t> expired;
  for (const auto& [id, pending] : pending_) {
    if (!pending.storing && pending.deadline <= now) expired.push_back(id);
  }
  for (uint64_t id : expired) {
    std::string reason = "checkpoint " + std::to_string(id) + " took longer than ";
    reason += std::to_string(settings_.timeout) + " ms (execution.checkpointing.timeout)";
    fail(now, id, reason, actions);
  }
  go_on(now, actions);
  return actions;
}

std::optional<int64_t> CheckpointCoordinator::next_time() const {
  int64_t next = due_at();
  for (const auto& [id, pending] : pending_) {
    if (!pending.storing) next = std::min(next, pending.deadline);
  }
  if (next == kNever) return std::nullopt;
  return next;
}

CheckpointActions CheckpointCoordinator::trigger(int64_t now) {
  CheckpointActions actions;
  if (running_ && !stopping_) trigger_now(now, next_++, CheckpointPurpose::kRecovery, actions);
  return actions;
}

CheckpointCoordinator::Savepoint CheckpointCoordinator::trigger_savepoint(int64_t now,
                                                                          CheckpointPurpose purpose) {
  PF_CHECK(refuses_savepoint().empty());
  Savepoint savepoint{next_++, {}};
  if (ends_job(purpose)) stopping_ = savepoint.checkpoint;
  if (purpose == CheckpointPurpose::kDrain) {
    draining_ = true;
    // Where a job that wasn't drained goes on, sources must not have ended.
    if (!PFPP_MUTANT("drain_leaves_pending")) {
      give_up_if([](const Pending&) { return true; }, "the job is being drained", savepoint.actions);
    }
    savepoint.actions.push_back(EndSources{});
    look_if_all_ended(now, savepoint.actions);
  } else {
    trigger_now(now, savepoint.checkpoint, purpose, savepoint.actions);
  }
  return savepoint;
}

std::string CheckpointCoordinator::refuses_savepoint() const {
  if (!running_) return "the job does not run";
  if (stopping_) return "the job is being stopped with a savepoint";
  return {};
}

CheckpointActions CheckpointCoordinator::on_acknowledged(uint32_t attempt, uint64_t checkpoint, size_t task,
                                                         TaskSnapshotPtr snapshot) {
  CheckpointActions actions;
  Pending* pending = find(task, attempt, checkpoint);
  bool is_new = pending && (!pending->snapshots.at(task) || PFPP_MUTANT("acknowledgement_counted_twice"));
  if (is_new) take_in(*pending, task, std::move(snapshot), actions);
  return actions;
}

CheckpointActions CheckpointCoordinator::on_declined(int64_t now, uint32_t attempt, uint64_t checkpoint,
                                                     size_t task, const std::string& reason) {
  CheckpointActions actions;
  Pending* pending = find(task, attempt, checkpoint);
  if (!pending || pending->snapshots.at(task)) return actions;
  fail(now, checkpoint, reason, actions);
  go_on(now, actions);
  return actions;
}

CheckpointActions CheckpointCoordinator::on_ended(int64_t now, uint32_t attempt, size_t task) {
  CheckpointActions actions;
  if (!is_current(task, attempt) || !ended_.insert(task).second) return actions;
  for (const auto& [id, pending] : pending_) {
    if (!pending.storing && !pending.snapshots[task]) actions.push_back(AskEndedTask{pending.barrier, task});
  }
  if (!settings_.interval && !draining_) {
    const std::vector<bool> may_leave =
        all_of_vertex([this](size_t other) { return ended_.contains(other); });
    for (size_t other = 0; other < tasks_; ++other) {
      if (may_leave[other] && vertex_of_[other] == vertex_of_[task]) actions.push_back(LetGo{other});
    }
  }
  look_if_all_ended(now, actions);
  return actions;
}

CheckpointActions CheckpointCoordinator::on_left(uint32_t attempt, size_t task, uint64_t last_heard_of,
                                                 TaskSnapshotPtr snapshot) {
  CheckpointActions actions;
  if (!is_current(task, attempt) || ended_.erase(task) == 0) return actions;
  left_[task] = std::move(snapshot);
  for (auto& [id, pending] : pending_) {
    // What the task was at an earlier cut is not what it left: that is still to come, or lost.
    const bool was_cut = id <= last_heard_of && !PFPP_MUTANT("leaving_answers_for_cut");
    if (pending.storing || pending.snapshots[task] || was_cut) continue;
    take_in(pending, task, left_[task], actions);
  }
  return actions;
}

CheckpointActions CheckpointCoordinator::on_stored(int64_t now, uint64_t checkpoint) {
  CheckpointActions actions;
  auto found = pending_.find(checkpoint);
  if (found == pending_.end() || !found->second.storing) return actions;
  const Pending stored = std::move(found->second);
  pending_.erase(found);
  if (stored.purpose != CheckpointPurpose::kRecovery && !PFPP_MUTANT("savepoint_counts_as_checkpoint")) {
    const bool ends = ends_job(stored.purpose);
    if (ends && stopping_ != checkpoint) {
      actions.push_back(NotifyAborted{checkpoint, "the job failed before it could be stopped"});
      return actions;
    }
    if (ends) actions.push_back(NotifyComplete{checkpoint, true, std::vector<bool>(tasks_, true)});
    actions.push_back(SavepointComplete{checkpoint});
    return actions;
  }
  if (!completed_.empty() && checkpoint < completed_.back() && !PFPP_MUTANT("overtaken_becomes_latest")) {
    actions.push_back(NotifyAborted{checkpoint, kOvertaken});
    actions.push_back(DiscardCheckpoint{checkpoint});
    return actions;
  }
  failures_ = 0;
  pause_until_ = now + settings_.min_pause;
  auto is_earlier = [&](const Pending& other) {
    return other.purpose == CheckpointPurpose::kRecovery && other.barrier.checkpoint < checkpoint;
  };
  give_up_if(is_earlier, kOvertaken, actions);
  actions.push_back(NotifyComplete{checkpoint, false, stored.may_leave});
  completed_.push_back(checkpoint);
  while (completed_.size() > settings_.retained - (PFPP_MUTANT("one_too_few_retained") ? 1 : 0)) {
    actions.push_back(
        DiscardCheckpoint{PFPP_MUTANT("newest_discarded") ? completed_.back() : completed_.front()});
    completed_.pop_front();
  }
  go_on(now, actions);
  return actions;
}

CheckpointActions CheckpointCoordinator::on_not_stored(int64_t now, uint64_t checkpoint,
                                                       const std::string& reason) {
  CheckpointActions actions;
  auto found = pending_.find(checkpoint);
  if (found == pending_.end() || !found->second.storing) return actions;
  fail(now, checkpoint, reason, actions);
  go_on(now, actions);
  return actions;
}

std::optional<uint64_t> CheckpointCoordinator::latest() const {
  if (completed_.empty()) return std::nullopt;
  return completed_.back();
}

void CheckpointCoordinator::trigger_now(int64_t now, uint64_t checkpoint, CheckpointPurpose purpose,
                                        CheckpointActions& actions) {
  Barrier barrier{checkpoint, attempt_, now, purpose == CheckpointPurpose::kSuspend,
                  purpose != CheckpointPurpose::kRecovery};
  Pending triggered{barrier, now + settings_.timeout, left_, tasks_ - tasks_left(), purpose};
  Pending& pending = pending_.emplace(checkpoint, std::move(triggered)).first->second;
  actions.push_back(TriggerCheckpoint{barrier, {ended_.begin(), ended_.end()}});
  look_if_complete(pending, actions);
}

void CheckpointCoordinator::look_if_all_ended(int64_t now, CheckpointActions& actions) {
  if (!running_ || ended_.empty() || ended_.size() + tasks_left() < tasks_) return;
  if (std::exchange(draining_, false)) {
    trigger_now(now, *stopping_, CheckpointPurpose::kDrain, actions);
  } else if (settings_.interval && !stopping_) {
    trigger_now(now, next_++, CheckpointPurpose::kRecovery, actions);
  }
}

size_t CheckpointCoordinator::tasks_left() const {
  return tasks_ - static_cast<size_t>(std::count(left_.begin(), left_.end(), nullptr));
}

std::vector<bool> CheckpointCoordinator::all_of_vertex(
    const std::function<bool(size_t task)>& is_such) const {
  std::set<size_t> others;  // vertices
  for (size_t task = 0; task < tasks_; ++task) {
    if (!is_such(task)) others.insert(vertex_of_[task]);
  }
  std::vector<bool> all;
  for (size_t task = 0; task < tasks_; ++task) {
    all.push_back(PFPP_MUTANT("leaves_before_its_vertex") ? is_such(task)
                                                          : !others.contains(vertex_of_[task]));
  }
  return all;
}

int64_t CheckpointCoordinator::due_at() const {
  auto in_the_way = std::count_if(pending_.begin(), pending_.end(), [this](const auto& pending) {
    return settings_.waits_for_savepoints || pending.second.purpose == CheckpointPurpose::kRecovery;
  });
  if (!running_ || stopping_ || static_cast<size_t>(in_the_way) >= max_concurrent()) return kNever;
  return std::max(next_trigger_, pause_until_);
}

void CheckpointCoordinator::take_in(Pending& pending, size_t task, TaskSnapshotPtr snapshot,
                                    CheckpointActions& actions) {
  pending.snapshots[task] = std::move(snapshot);
  --pending.missing;
  look_if_complete(pending, actions);
}

void CheckpointCoordinator::look_if_complete(Pending& pending, CheckpointActions& actions) {
  if (PFPP_MUTANT("complete_without_one") && pending.missing == 1) pending.missing = 0;
  if (PFPP_MUTANT("discarded_before_replaced") && latest()) actions.push_back(DiscardCheckpoint{*latest()});
  if (pending.missing > 0 || pending.storing) return;
  pending.storing = true;
  pending.may_leave = all_of_vertex([&](size_t task) {
    PF_CHECK(pending.snapshots[task] != nullptr);
    return pending.snapshots[task]->ended;
  });
  actions.push_back(StoreCheckpoint{pending.barrier.checkpoint, std::move(pending.snapshots)});
}

void CheckpointCoordinator::give_up_if(const std::function<bool(const Pending&)>& chosen,
                                       const std::string& reason, CheckpointActions& actions) {
  std::vector<uint64_t> given_up;
  for (const auto& [id, pending] : pending_) {
    const bool is_stored = pending.storing && !PFPP_MUTANT("given_up_while_stored");
    if (!is_stored && chosen(pending)) given_up.push_back(id);
  }
  for (uint64_t id : given_up) {
    pending_.erase(id);
    actions.push_back(NotifyAborted{id, reason});
  }
}

void CheckpointCoordinator::fail(int64_t now, uint64_t checkpoint, const std::string& reason,
                                 CheckpointActions& actions) {
  const CheckpointPurpose purpose = pending_.extract(checkpoint).mapped().purpose;
  actions.push_back(NotifyAborted{checkpoint, reason, /*has_failed=*/true});
  if (running_ && purpose == CheckpointPurpose::kSuspend) {
    stopping_.reset();
    look_if_all_ended(now, actions);
  } else if (running_ && purpose == CheckpointPurpose::kDrain) {
    // Its sources have ended: there is nothing to go on with.
    running_ = false;
    actions.push_back(FailJob{"the savepoint that it was to end with failed: " + reason});
  }
  if (purpose != CheckpointPurpose::kRecovery) return;
  if (!running_ || ++failures_ <= settings_.tolerable_failures) return;
  failures_ = 0;
  running_ = false;
  std::string why = "more checkpoints in a row have failed than may (";
  why += "execution.checkpointing.tolerable-failed-checkpoints: ";
  why += std::to_string(settings_.tolerable_failures) + "), the last one because " + reason;
  actions.push_back(FailJob{std::move(why)});
}

void CheckpointCoordinator::go_on(int64_t now, CheckpointActions& actions) {
  if (due_at() > now) return;
  // Ticks that went by are not made up for.
  next_trigger_ = now + *settings_.interval;
  trigger_now(now, next_++, CheckpointPurpose::kRecovery, actions);
}

bool CheckpointCoordinator::is_current(size_t task, uint32_t attempt) const {
  return attempts_.at(task) && (attempts_[task] == attempt || PFPP_MUTANT("no_fencing"));
}

CheckpointCoordinator::Pending* CheckpointCoordinator::find(size_t task, uint32_t attempt,
                                                            uint64_t checkpoint) {
  if (!running_ || !is_current(task, attempt)) return nullptr;
  auto found = pending_.find(checkpoint);
  return found == pending_.end() || found->second.storing ? nullptr : &found->second;
}

std::vector<size_t> CheckpointCoordinator::all_tasks() const {
  std::vector<size_t> tasks(tasks_);
  std::iota(tasks.begin(), tasks.end(), 0);
  return tasks;
}

}  // namespace pf
