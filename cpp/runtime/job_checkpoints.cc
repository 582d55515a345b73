#include "runtime/job_checkpoints.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "serde/type_schema.h"

namespace pf {
namespace {

/// As Flink names them, so that they sort by their job.
std::string savepoint_name(const JobId& job) {
  return "savepoint-" + job.hex().substr(0, 6) + "-" + JobId::random().hex().substr(0, 12);
}

std::vector<size_t> tasks_of_vertices(const JobGraph& graph) {
  std::vector<size_t> tasks;
  for (const JobVertex& vertex : graph.vertices()) tasks.push_back(vertex.parallelism);
  return tasks;
}

uint64_t first_id(const Checkpoint* restored) {
  return restored && !PFPP_MUTANT("ids_begin_anew") ? restored->id + 1 : 1;
}

}  // namespace

JobCheckpoints::JobCheckpoints(const CheckpointPlan& plan, Environment environment,
                               std::shared_ptr<const Checkpoint> restored)
    : plan_(plan),
      environment_(std::move(environment)),
      storage_(plan_.make_storage(environment_.job)),
      sharing_(*storage_),
      coordinator_(plan_.settings, tasks_of_vertices(environment_.graph), first_id(restored.get())),
      restored_(std::move(restored)),
      storing_(*this) {
  const StreamGraph& program = environment_.graph.stream_graph();
  if (restored_) {
    history_.on_restored(environment_.clock.epoch_millis());
    storage_->goes_on_from(restored_->job);
  }
  if (program.claimed) {
    claimed_ = restored_->id;
    coordinator_.adopt(*claimed_);
    kept_.push_back(*claimed_);
    is_taken_over_ = sharing_.take_over(*program.claimed, *restored_);
  }
  environment_.io.add(storing_);
}

JobCheckpoints::~JobCheckpoints() {
  environment_.io.drain();
  environment_.io.remove(storing_);
}

void JobCheckpoints::on_running(std::shared_ptr<const ExecutionGraph> graph, const std::vector<size_t>& tasks,
                                uint32_t attempt) {
  std::lock_guard lock(mutex_);
  graph_ = std::move(graph);
  obey(coordinator_.on_running(now(), tasks, attempt));
}

bool JobCheckpoints::on_failed(const std::vector<size_t>& tasks) {
  std::lock_guard lock(mutex_);
  if (coordinator_.is_stopping() && !PFPP_MUTANT("stopping_job_restarts_in_part")) return false;
  obey(coordinator_.on_stopped(tasks, "the job has failed"));
  return true;
}

void JobCheckpoints::on_stopped(const std::string& why) {
  std::lock_guard lock(mutex_);
  obey(coordinator_.on_stopped(why));
  graph_ = nullptr;
}

void JobCheckpoints::on_job_ended(bool finished, bool cancelled) {
  on_stopped("the job has ended");
  bool unneeded = finished || plan_.cleanup == CheckpointPlan::Cleanup::kAlways ||
                  (cancelled && plan_.cleanup == CheckpointPlan::Cleanup::kOnCancellation);
  std::lock_guard lock(mutex_);
  post([this, finished, unneeded] {
    std::vector<uint64_t> kept;
    if (unneeded) {
      std::lock_guard lock(mutex_);
      kept = std::exchange(kept_, {});
    }
    for (uint64_t checkpoint : kept) {
      // All that there is to go on from.
      const bool is_needed = !finished && is_claimed(checkpoint);
      if (!is_needed) discard(checkpoint);
    }
    // Behind what a checkpoint has asked for that was being stored.
    std::lock_guard lock(mutex_);
    post([this] {
      bool is_empty = false;
      {
        std::lock_guard lock(mutex_);
        is_empty = kept_.empty();
      }
      storage_->close(is_empty);
    });
  });
}

std::future<std::string> JobCheckpoints::trigger_savepoint(const Location& parent,
                                                           CheckpointPurpose purpose) {
  std::lock_guard lock(mutex_);
  if (std::string why = coordinator_.refuses_savepoint(); !why.empty()) {
    throw Error("there can be no savepoint: " + why);
  }
  auto [checkpoint, actions] = coordinator_.trigger_savepoint(now(), purpose);
  Savepoint savepoint{parent / savepoint_name(environment_.job), purpose, {}, false};
  std::future<std::string> done = savepoint.done.get_future();
  savepoints_.emplace(checkpoint, std::move(savepoint));
  obey(std::move(actions));
  return done;
}

void JobCheckpoints::savepoint_done(uint64_t checkpoint, const std::string& failure) {
  auto savepoint = savepoints_.extract(checkpoint);
  if (savepoint.empty()) return;
  if (failure.empty()) {
    savepoint.mapped().done.set_value(savepoint.mapped().folder.path());
  } else {
    std::string what = "there is no savepoint: " + failure;
    if (savepoint.mapped().is_stored) {
      what = "the savepoint " + savepoint.mapped().folder.path() + " is complete and stays, but " + failure +
             ": what sinks are to commit with it they have not, unless a job goes on from it";
    }
    savepoint.mapped().done.set_exception(std::make_exception_ptr(Error(what)));
  }
}

std::shared_ptr<const Checkpoint> JobCheckpoints::load_latest(const NeedsState& needs) {
  while (do_next()) {
  }
  std::shared_ptr<const Checkpoint> latest = load_latest_kept(needs);
  std::lock_guard lock(mutex_);
  if (!latest) latest = restored_;
  if (latest) history_.on_restored(environment_.clock.epoch_millis());
  return latest;
}

std::shared_ptr<const Checkpoint> JobCheckpoints::load_latest_kept(const NeedsState& needs) {
  std::vector<uint64_t> kept;
  std::optional<std::pair<uint64_t, Location>> stopped_with;
  {
    std::lock_guard lock(mutex_);
    if (PFPP_MUTANT("oldest_restored") && !kept_.empty()) kept_.erase(kept_.begin() + 1, kept_.end());
    kept = kept_;
    if (!PFPP_MUTANT("stop_forgotten")) stopped_with = stopped_with_;
  }
  const LoadOptions options = load_options(needs);
  // Sinks may have committed with it.
  if (stopped_with && (kept.empty() || kept.back() < stopped_with->first)) {
    auto savepoint = std::make_shared<Checkpoint>(load_checkpoint(stopped_with->second, options));
    environment_.tell({CheckpointNews::Kind::kRestored, savepoint->id, stopped_with->second.path()});
    return savepoint;
  }
  for (auto checkpoint = kept.rbegin(); checkpoint != kept.rend(); ++checkpoint) {
    try {
      auto loaded = load_kept(*checkpoint, options);
      environment_.tell({CheckpointNews::Kind::kRestored, *checkpoint, location_of(*checkpoint)});
      return loaded;
    } catch (const DamagedCheckpoint& damage) {
      if (std::next(checkpoint) == kept.rend()) throw;
      environment_.tell({CheckpointNews::Kind::kDamaged, *checkpoint, damage.what()});
    }
  }
  return nullptr;
}

std::shared_ptr<const Checkpoint> JobCheckpoints::load_kept(uint64_t checkpoint, const LoadOptions& options) {
  if (!is_claimed(checkpoint)) return std::make_shared<Checkpoint>(storage_->load(checkpoint, options));
  {
    std::lock_guard lock(mutex_);
    if (restored_) return restored_;
  }
  return std::make_shared<Checkpoint>(load_checkpoint(*environment_.graph.stream_graph().claimed, options));
}

void JobCheckpoints::let_go_of_restored() {
  std::lock_guard lock(mutex_);
  drop_restored();
}

void JobCheckpoints::drop_restored() {
  // It may be large, and have directories to be removed: work for the thread that may block.
  if (restored_) post([gone = std::exchange(restored_, nullptr)]() mutable { gone = nullptr; });
}

LoadOptions JobCheckpoints::load_options(const NeedsState& needs) const {
  const auto backend = environment_.graph.stream_graph().state_backend;
  return {.folder_for_files = [backend] { return backend->folder_for_files(); }, .needs = needs};
}

std::optional<CompletedCheckpoint> JobCheckpoints::latest() const {
  std::lock_guard lock(mutex_);
  if (kept_.empty()) return std::nullopt;
  return CompletedCheckpoint{kept_.back(), location_of(kept_.back())};
}

std::string JobCheckpoints::location_of(uint64_t checkpoint) const {
  if (is_claimed(checkpoint)) return environment_.graph.stream_graph().claimed->path();
  return storage_->location(checkpoint);
}

uint64_t JobCheckpoints::completed() const {
  std::lock_guard lock(mutex_);
  return completed_;
}

CheckpointCounts JobCheckpoints::counts() const {
  std::lock_guard lock(mutex_);
  return history_.counts(coordinator_.pending());
}

std::vector<CheckpointStatistics> JobCheckpoints::statistics() const {
  std::lock_guard lock(mutex_);
  return history_.statistics();
}

std::optional<CheckpointStatistics> JobCheckpoints::last_statistics() const {
  std::lock_guard lock(mutex_);
  return history_.last();
}

void JobCheckpoints::acknowledged(Task& task, const Barrier& barrier, TaskSnapshotPtr snapshot) {
  const uint32_t attempt = task.attempt().attempt;
  const size_t index = index_of(task);
  std::vector<std::shared_ptr<UnwrittenState>> unwritten;
  for (const auto& [id, state] : snapshot->operators) {
    if (state->unwritten) unwritten.push_back(state->unwritten);
  }
  if (unwritten.empty() || PFPP_MUTANT("acknowledged_before_written"))
    return acknowledge(attempt, index, barrier.checkpoint, snapshot);
  std::lock_guard lock(mutex_);
  // It was given up.
  if (!barriers_.contains(barrier.checkpoint) && !PFPP_MUTANT("written_after_abort")) return;
  auto& all = unwritten_[barrier.checkpoint];
  all.insert(all.end(), unwritten.begin(), unwritten.end());
  post([this, attempt, index, barrier, snapshot = std::move(snapshot)] {
    write(attempt, index, barrier, snapshot);
  });
}

void JobCheckpoints::write(uint32_t attempt, size_t task, const Barrier& barrier,
                           const TaskSnapshotPtr& frozen) {
  try {
    acknowledge(attempt, task, barrier.checkpoint, written(barrier, *frozen));
  } catch (const std::exception& error) {
    if (PFPP_MUTANT("failed_write_acknowledged"))
      return acknowledge(attempt, task, barrier.checkpoint, frozen);
    decline(attempt, task, barrier.checkpoint, error.what());
  }
}

TaskSnapshotPtr JobCheckpoints::written(const Barrier& barrier, const TaskSnapshot& frozen) {
  auto all = std::make_shared<TaskSnapshot>(frozen);
  CheckpointSharing::Writing sharing(sharing_, barrier.checkpoint);
  const int64_t began = environment_.clock.monotonic_nanos();
  for (auto& [id, state] : all->operators) {
    if (!state->unwritten) continue;
    auto complete = std::make_shared<OperatorSnapshot>(*state);
    auto unwritten = std::exchange(complete->unwritten, nullptr);
    try {
      PFPP_FAULT("snapshot.write");
      unwritten->write(*complete, sharing);
      PFPP_FAULT("snapshot.written");
    } catch (const std::exception& error) {
      // Python's errors go on with where they come from.
      std::string what = error.what();
      throw Error("the state of " + name_of(id) +
                  " could not be written: " + what.substr(0, what.find('\n')));
    }
    state = std::move(complete);
  }
  all->async_nanos = environment_.clock.monotonic_nanos() - began;
  all->new_shared_bytes = sharing.new_bytes();
  return all;
}

std::string JobCheckpoints::name_of(const std::string& operator_id) const {
  for (const JobVertex& vertex : environment_.graph.vertices()) {
    for (uint32_t node : vertex.nodes) {
      if (environment_.graph.operator_id(node) != operator_id) continue;
      return "'" + environment_.graph.stream_graph().node(node).name + "'";
    }
  }
  return "operator " + operator_id;
}

void JobCheckpoints::acknowledge(uint32_t attempt, size_t task, uint64_t checkpoint,
                                 const TaskSnapshotPtr& snapshot) {
  PFPP_SEND("control.acknowledge", [this, attempt, task, checkpoint, snapshot] {
    std::lock_guard lock(mutex_);
    obey(coordinator_.on_acknowledged(attempt, checkpoint, task, snapshot));
  });
}

void JobCheckpoints::declined(Task& task, uint64_t checkpoint, const std::string& reason) {
  decline(task.attempt().attempt, index_of(task), checkpoint, reason);
}

void JobCheckpoints::decline(uint32_t attempt, size_t task, uint64_t checkpoint, const std::string& reason) {
  PFPP_SEND("control.decline", [this, attempt, task, checkpoint, reason] {
    std::lock_guard lock(mutex_);
    obey(coordinator_.on_declined(now(), attempt, checkpoint, task, reason));
  });
}

void JobCheckpoints::reached_end(Task& task) {
  PFPP_SEND("control.end", [this, attempt = task.attempt().attempt, index = index_of(task)] {
    std::lock_guard lock(mutex_);
    obey(coordinator_.on_ended(now(), attempt, index));
  });
}

void JobCheckpoints::left(Task& task) {
  // As in Flink, nothing is remembered of operators that are done with: all their subtasks leave, or none.
  auto nothing = std::make_shared<TaskSnapshot>(TaskSnapshot{.operators = {}, .ended = true});
  PFPP_SEND("control.leave", [this, attempt = task.attempt().attempt, index = index_of(task),
                              last_heard_of = task.last_heard_of(), nothing] {
    std::lock_guard lock(mutex_);
    obey(coordinator_.on_left(attempt, index, last_heard_of, nothing));
  });
}

void JobCheckpoints::on_time(int64_t due) {
  std::lock_guard lock(mutex_);
  // Else what was to happen then has happened, or an earlier call has looked after it.
  if (awaited_ != due) return;
  awaited_.reset();
  obey(coordinator_.on_time(now()));
}

void JobCheckpoints::wait_for_time() {
  auto next = coordinator_.next_time();
  if (!next || (awaited_ && *awaited_ <= *next)) return;
  awaited_ = next;
  environment_.after(std::max<int64_t>(1, (*next - now()) * 1'000'000),
                     [this, due = *next] { on_time(due); });
}

void JobCheckpoints::obey(CheckpointActions actions) {
  for (CheckpointAction& action : actions) {
    if (auto* trigger = std::get_if<TriggerCheckpoint>(&action)) {
      begin(*trigger);
    } else if (auto* ask = std::get_if<AskEndedTask>(&action)) {
      ask_task("control.trigger", ask->task, BeginCheckpoint{barriers_.at(ask->barrier.checkpoint)});
    } else if (std::holds_alternative<EndSources>(action)) {
      for (size_t task : source_tasks()) graph_->tasks()[task]->request(EndSource{});
    } else if (auto* let_go = std::get_if<LetGo>(&action)) {
      if (graph_) graph_->tasks()[let_go->task]->request(Leave{});
    } else if (auto* complete_one = std::get_if<StoreCheckpoint>(&action)) {
      store(std::move(*complete_one));
    } else if (auto* complete = std::get_if<NotifyComplete>(&action)) {
      notify(*complete);
    } else if (auto* savepoint = std::get_if<SavepointComplete>(&action)) {
      unwritten_.erase(savepoint->checkpoint);
      history_.on_complete(savepoint->checkpoint, environment_.clock.epoch_millis());
      savepoint_done(savepoint->checkpoint, "");
    } else if (auto* aborted = std::get_if<NotifyAborted>(&action)) {
      history_.on_failed(aborted->checkpoint);
      barriers_.erase(aborted->checkpoint);
      for (const auto& state : unwritten_[aborted->checkpoint]) state->give_up();
      unwritten_.erase(aborted->checkpoint);
      // Behind whatever is still being written of it.
      if (!PFPP_MUTANT("files_of_aborted_stay")) {
        post([this, id = aborted->checkpoint] { sharing_.forget(id); });
      }
      const auto savepoint = savepoints_.find(aborted->checkpoint);
      const bool was_stop = savepoint != savepoints_.end() && ends_job(savepoint->second.purpose);
      const bool is_heard_of = savepoint != savepoints_.end();
      savepoint_done(aborted->checkpoint, aborted->reason);
      if (aborted->has_failed && !is_heard_of) {
        post([this, id = aborted->checkpoint, why = aborted->reason] {
          environment_.tell({CheckpointNews::Kind::kFailed, id, why});
        });
      }
      const bool is_last_word = was_stop || coordinator_.is_stopping();
      const char* message = is_last_word ? "control.go_on" : "control.aborted";
      if (was_stop && PFPP_MUTANT("stop_not_taken_back")) continue;
      for (size_t i = 0; graph_ && i < graph_->tasks().size(); ++i) {
        ask_task(message, i, CheckpointAborted{aborted->checkpoint});
      }
    } else if (auto* discard = std::get_if<DiscardCheckpoint>(&action)) {
      std::erase(kept_, discard->checkpoint);
      post([this, id = discard->checkpoint] { this->discard(id); });
    } else {
      post([this, reason = std::get<FailJob>(action).reason] { environment_.fail(reason); });
    }
  }
  wait_for_time();
}

void JobCheckpoints::begin(const TriggerCheckpoint& trigger) {
  Barrier barrier = trigger.barrier;
  barrier.epoch_millis = environment_.clock.epoch_millis();
  const bool is_savepoint = savepoints_.contains(barrier.checkpoint) && !PFPP_MUTANT("savepoint_overtakes");
  if (plan_.overtake_after && !is_savepoint) {
    barrier.overtakes_at = barrier.epoch_millis + *plan_.overtake_after;
  }
  barriers_[barrier.checkpoint] = barrier;
  if (!graph_) return;
  std::set<size_t> asked(trigger.ended.begin(), trigger.ended.end());
  for (size_t task : source_tasks()) asked.insert(task);
  for (size_t task : asked) ask_task("control.trigger", task, BeginCheckpoint{barrier});
}

std::vector<size_t> JobCheckpoints::source_tasks() const {
  std::vector<size_t> tasks;
  for (const JobVertex& vertex : environment_.graph.vertices()) {
    for (size_t i = 0; vertex.has_source && i < vertex.parallelism; ++i) {
      tasks.push_back(vertex.first_task + i);
    }
  }
  return tasks;
}

void JobCheckpoints::notify(const NotifyComplete& complete) {
  PFPP_FAULT("checkpoint.complete");
  if (!complete.ends_job) {
    ++completed_;
    drop_restored();
    kept_.push_back(complete.checkpoint);
    unwritten_.erase(complete.checkpoint);
    history_.on_complete(complete.checkpoint, environment_.clock.epoch_millis());
  }
  if (complete.ends_job) stopped_with_ = {complete.checkpoint, savepoints_.at(complete.checkpoint).folder};
  const char* message = complete.ends_job ? "control.stop" : "control.completed";
  for (size_t i = 0; i < complete.may_leave.size() && !PFPP_MUTANT("completion_not_told"); ++i) {
    ask_task(message, i, CheckpointCompleted{complete.checkpoint, complete.may_leave[i]});
  }
}

void JobCheckpoints::discard(uint64_t checkpoint) {
  bool is_gone = true;
  if (is_claimed(checkpoint)) {
    is_gone = remove_checkpoint(*environment_.graph.stream_graph().claimed, /*with_shared=*/!is_taken_over_);
  } else {
    is_gone = storage_->discard(checkpoint);
  }
  // While it stays it needs them.
  if (is_gone && !PFPP_MUTANT("files_of_subsumed_stay")) sharing_.forget(checkpoint);
}

bool JobCheckpoints::is_claimed(uint64_t checkpoint) const { return claimed_ == checkpoint; }

void JobCheckpoints::store(StoreCheckpoint store) {
  Barrier barrier = barriers_.extract(store.checkpoint).mapped();
  std::optional<Location> savepoint;
  if (auto at = savepoints_.find(store.checkpoint); at != savepoints_.end()) savepoint = at->second.folder;
  post([this, barrier, savepoint, store = std::move(store)] {
    std::optional<std::string> failure;
    if (PFPP_MUTANT("complete_before_stored")) stored(store.checkpoint, failure);
    try {
      Checkpoint checkpoint = assemble(store, barrier);
      const CheckpointStatistics cost = cost_of(checkpoint, store.snapshots, savepoint.has_value());
      {
        std::lock_guard lock(mutex_);
        history_.on_storing(cost);
      }
      if (savepoint) {
        store_checkpoint(checkpoint, *savepoint, plan_.savepoint_inline_bytes);
      } else {
        storage_->store(checkpoint);
      }
      PFPP_FAULT("checkpoint.stored");
    } catch (const std::exception& error) {
      failure = error.what();
    }
    stored(store.checkpoint, failure);
  });
}

void JobCheckpoints::stored(uint64_t checkpoint, const std::optional<std::string>& failure) {
  std::lock_guard lock(mutex_);
  if (auto at = savepoints_.find(checkpoint); at != savepoints_.end()) at->second.is_stored = !failure;
  if (failure && !PFPP_MUTANT("storage_failure_ignored")) {
    std::string reason = "checkpoint " + std::to_string(checkpoint) + " could not be stored: " + *failure;
    obey(coordinator_.on_not_stored(now(), checkpoint, reason));
  } else {
    obey(coordinator_.on_stored(now(), checkpoint));
  }
}

Checkpoint JobCheckpoints::assemble(const StoreCheckpoint& store, const Barrier& barrier) const {
  Checkpoint checkpoint{environment_.job, barrier.checkpoint, barrier.attempt, barrier.epoch_millis, {}};
  for (const JobVertex& vertex : environment_.graph.vertices()) {
    for (uint32_t node : vertex.nodes) {
      const StreamNode& declared = environment_.graph.stream_graph().node(node);
      const TypeInfoPtr key_type = environment_.graph.stream_graph().key_type(node);
      Checkpoint::Operator op{environment_.graph.operator_id(node),
                              declared.name,
                              vertex.max_parallelism,
                              key_type ? type_schema(*key_type) : std::string(),
                              {}};
      for (uint32_t subtask = 0; subtask < vertex.parallelism; ++subtask) {
        const TaskSnapshot& snapshot = *store.snapshots[vertex.first_task + subtask];
        auto state = snapshot.operators.find(op.id);
        op.subtasks.push_back({state == snapshot.operators.end() ? nullptr : state->second, snapshot.ended});
      }
      checkpoint.operators.push_back(std::move(op));
    }
  }
  return checkpoint;
}

void JobCheckpoints::ask_task([[maybe_unused]] const char* message, size_t task,
                              const CheckpointRequest& request) {
  if (!graph_) return;
  PFPP_SEND(message, [graph = graph_, task, request] { graph->tasks()[task]->request(request); });
}

void JobCheckpoints::post(std::function<void()> work) {
  to_do_.push_back(std::move(work));
  if (std::exchange(at_work_, true)) return;
  environment_.io.schedule(storing_);
}

void JobCheckpoints::work() {
  for (;;) {
    while (do_next()) {
    }
    std::lock_guard lock(mutex_);
    if (!to_do_.empty()) continue;
    at_work_ = false;
    return;
  }
}

bool JobCheckpoints::do_next() {
  std::function<void()> next;
  {
    std::lock_guard lock(mutex_);
    if (to_do_.empty()) return false;
    next = std::move(to_do_.front());
    to_do_.pop_front();
  }
  next();
  return true;
}

size_t JobCheckpoints::index_of(const Task& task) const {
  return environment_.graph.task_of(task.attempt().vertex, task.attempt().subtask);
}

}  // namespace pf
