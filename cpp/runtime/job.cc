#include "runtime/job.h"

#include <algorithm>
#include <chrono>

#include "base/fault_point.h"

namespace pf {
namespace {

bool is_terminal(JobStatus status) {
  return status == JobStatus::kFinished || status == JobStatus::kFailed || status == JobStatus::kCanceled;
}

}  // namespace

const char* name_of(JobStatus status) {
  switch (status) {
    case JobStatus::kCreated:
      return "CREATED";
    case JobStatus::kRunning:
      return "RUNNING";
    case JobStatus::kFailing:
      return "FAILING";
    case JobStatus::kRestarting:
      return "RESTARTING";
    case JobStatus::kCancelling:
      return "CANCELLING";
    case JobStatus::kFinished:
      return "FINISHED";
    case JobStatus::kFailed:
      return "FAILED";
    case JobStatus::kCanceled:
      return "CANCELED";
  }
  return "";
}

Job::Job(std::shared_ptr<const StreamGraph> graph, std::shared_ptr<Executor> native,
         std::shared_ptr<Executor> lane, Clock& clock, uint64_t seed, std::shared_ptr<Executor> io)
    : graph_(std::move(graph)),
      job_graph_(*graph_),
      native_(std::move(native)),
      lane_(std::move(lane)),
      io_(std::move(io)),
      clock_(clock),
      environment_{
          .native = *native_,
          .lane = *lane_,
          .listener = *this,
          .clock = clock,
          .after = [this](int64_t nanos,
                          std::function<void()> callback) { timers_.after(nanos, std::move(callback)); },
          .job = id_,
          .restored = graph_->restored,
          .seed = seed},
      restart_strategy_(make_restart_strategy(graph_->restart, seed)),
      checkpoints_(make_checkpoints()),
      execution_graph_(std::make_shared<ExecutionGraph>(job_graph_, environment_)),
      timers_(clock) {}

Job::~Job() {
  if (status() != JobStatus::kCreated) {
    cancel();
    // An executor without threads runs its tasks only here.
    native_->drain();
    lane_->drain();
    wait(-1);
  }
  native_->drain();
  lane_->drain();
}

void Job::start() {
  // While its tasks are woken, the job may already begin another attempt.
  std::shared_ptr<ExecutionGraph> graph;
  {
    std::lock_guard lock(mutex_);
    if (status_ != JobStatus::kCreated) return;
    status_ = JobStatus::kRunning;
    graph = execution_graph_;
    running_ = graph->tasks().size();
    started_at_ = clock_.monotonic_nanos();
  }
  begin_attempt(graph);
}

std::unique_ptr<JobCheckpoints> Job::make_checkpoints() {
  if (!graph_->checkpoints || graph_->batch_mode) return nullptr;
  for (const StreamNode& node : graph_->nodes()) {
    if (!node.iteration_wait_millis) continue;
    if (!graph_->checkpoints->settings.interval) return nullptr;
    throw Error(
        "a job that iterates cannot take checkpoints: records on their way round would be lost; leave "
        "execution.checkpointing.interval away");
  }
  PF_CHECK(io_ != nullptr);
  JobCheckpoints::Environment environment{
      .graph = job_graph_,
      .job = id_,
      .clock = clock_,
      .io = *io_,
      .after = environment_.after,
      .fail = [this](const std::string& reason) { fail(std::make_exception_ptr(Error(reason))); },
  };
  auto checkpoints = std::make_unique<JobCheckpoints>(*graph_->checkpoints, std::move(environment));
  environment_.checkpoints = checkpoints.get();
  environment_.mode = graph_->checkpoints->mode;
  return checkpoints;
}

std::future<std::string> Job::trigger_savepoint(const Location& parent, CheckpointPurpose purpose) {
  if (checkpoints_) return checkpoints_->trigger_savepoint(parent, purpose);
  throw Error(graph_->batch_mode
                  ? "there can be no savepoint: a job in BATCH mode keeps no state"
                  : "there can be no savepoint: records on their way round a loop would be lost");
}

void Job::begin_attempt(const std::shared_ptr<ExecutionGraph>& graph) {
  if (checkpoints_) checkpoints_->on_running(graph, environment_.attempt);
  for (const auto& task : graph->tasks()) task->wake();
}

void Job::cancel() {
  std::shared_ptr<ExecutionGraph> graph;
  {
    std::unique_lock lock(mutex_);
    if (status_ == JobStatus::kCreated || status_ == JobStatus::kRestarting) {
      reach(JobStatus::kCanceled);
      ended_.wait(lock, [this] { return !rebuilding_; });
      return;
    }
    // A failing job has cancelled its tasks already; that it isn't running keeps it from another attempt.
    if (status_ == JobStatus::kFailing) status_ = JobStatus::kCancelling;
    if (status_ != JobStatus::kRunning) return;
    status_ = JobStatus::kCancelling;
    graph = execution_graph_;
  }
  for (const auto& task : graph->tasks()) task->cancel();
}

bool Job::wait(int64_t millis) {
  std::unique_lock lock(mutex_);
  auto over = [this] { return is_terminal(status_); };
  if (millis >= 0) return ended_.wait_for(lock, std::chrono::milliseconds(millis), over);
  ended_.wait(lock, over);
  return true;
}

JobStatus Job::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::exception_ptr Job::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

bool Job::at_rest() const {
  std::shared_ptr<ExecutionGraph> graph;
  {
    std::lock_guard lock(mutex_);
    graph = execution_graph_;
  }
  // Who was asleep at both looks and has not run in between was so all the time, hence all were at once.
  std::vector<uint64_t> runs;
  for (const auto& task : graph->tasks()) {
    auto resting = task->runs_at_rest();
    if (!resting) return false;
    runs.push_back(*resting);
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (graph->tasks()[i]->runs_at_rest() != runs[i]) return false;
  }
  return true;
}

int64_t Job::runtime_millis() const {
  std::lock_guard lock(mutex_);
  if (status_ == JobStatus::kCreated) return 0;
  int64_t end = is_terminal(status_) ? ended_at_ : clock_.monotonic_nanos();
  return (end - started_at_) / 1'000'000;
}

uint32_t Job::restarts() const {
  std::lock_guard lock(mutex_);
  return environment_.attempt;
}

std::shared_ptr<const ExecutionGraph> Job::execution_graph() const {
  std::lock_guard lock(mutex_);
  return execution_graph_;
}

void Job::task_ended(Task& task, std::exception_ptr failure) {
  if (failure) fail(failure, &task);
  // Last, so that the job is not over while this thread still cancels the others.
  std::lock_guard lock(mutex_);
  if (--running_ > 0) return;
  if (status_ == JobStatus::kFailing) {
    attempt_failed();
  } else {
    reach(status_ == JobStatus::kCancelling ? JobStatus::kCanceled : JobStatus::kFinished);
  }
}

void Job::fail(std::exception_ptr failure, const Task* of) {
  std::shared_ptr<ExecutionGraph> graph;
  {
    std::lock_guard lock(mutex_);
    if (status_ != JobStatus::kRunning) return;
    failure_ = failure;
    status_ = JobStatus::kFailing;
    graph = execution_graph_;
  }
  if (checkpoints_) checkpoints_->on_stopped("the job has failed");
  for (const auto& task : graph->tasks()) {
    if (task.get() != of) task->cancel();
  }
}

void Job::attempt_failed() {
  auto wait_millis = restart_strategy_->on_failure(clock_.monotonic_nanos() / 1'000'000);
  if (!wait_millis) return reach(JobStatus::kFailed);
  status_ = JobStatus::kRestarting;
  // Never at once: the task that has just ended is still on the stack.
  timers_.after(std::max<int64_t>(1, *wait_millis * 1'000'000), [this] { restart(); });
}

/// On the thread of the timers. All tasks have ended, but some may not have returned yet.
void Job::restart() {
  std::shared_ptr<ExecutionGraph> ended;
  std::exception_ptr cause;
  {
    std::lock_guard lock(mutex_);
    if (status_ != JobStatus::kRestarting) return;
    rebuilding_ = true;
    ++environment_.attempt;
    ended = execution_graph_;
    cause = failure_;
  }
  // Only this thread changes the attempt.
  if (on_restart_) on_restart_(environment_.attempt, cause);
  native_->drain();
  lane_->drain();
  for (const auto& task : ended->tasks()) task->leave_executor();
  std::shared_ptr<ExecutionGraph> graph;
  std::exception_ptr failure;
  try {
    PFPP_FAULT("job.restore");
    auto latest = checkpoints_ ? checkpoints_->load_latest() : nullptr;
    if (latest && !PFPP_MUTANT("latest_not_restored")) environment_.restored = latest;
    graph = std::make_shared<ExecutionGraph>(job_graph_, environment_);
  } catch (...) {
    failure = std::current_exception();
  }
  {
    std::lock_guard lock(mutex_);
    rebuilding_ = false;
    ended_.notify_all();
    if (status_ != JobStatus::kRestarting) return;
    if (failure) {
      failure_ = failure;
      attempt_failed();
      return;
    }
    execution_graph_ = graph;
    running_ = graph->tasks().size();
    status_ = JobStatus::kRunning;
  }
  begin_attempt(graph);
}

void Job::reach(JobStatus terminal) {
  status_ = terminal;
  ended_at_ = clock_.monotonic_nanos();
  if (checkpoints_)
    checkpoints_->on_job_ended(terminal == JobStatus::kFinished, terminal == JobStatus::kCanceled);
  ended_.notify_all();
}

}  // namespace pf
