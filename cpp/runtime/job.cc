#include "runtime/job.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "base/fault_point.h"
#include "model/key_group.h"

namespace pf {
namespace {

bool is_terminal(JobStatus status) {
  return status == JobStatus::kFinished || status == JobStatus::kFailed || status == JobStatus::kCanceled;
}

/// Throws Error where barriers shall overtake and can't.
void refuse_overtaking(const StreamGraph& graph) {
  const CheckpointPlan& plan = *graph.checkpoints;
  if (!plan.overtake_after) return;
  PF_CHECK(plan.mode == BarrierAligner::Mode::kExactlyOnce);
  if (plan.settings.max_concurrent > 1) {
    throw Error(
        "unaligned checkpoints can't be taken several at a time: set "
        "execution.checkpointing.max-concurrent-checkpoints to 1");
  }
  for (const StreamEdge& edge : graph.edges()) {
    if (edge.strategy != ShipStrategy::kCustom || plan.overtake_by_force) continue;
    const StreamNode& node = graph.node(edge.target);
    throw Error("unaligned checkpoints can't be taken of a job with a partitioner of its own, as before '" +
                node.name + "'" + (node.declared_at.empty() ? "" : " (" + node.declared_at + ")") +
                ": what is in flight there could not go on at another parallelism; "
                "execution.checkpointing.unaligned.forced takes them all the same");
  }
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

Job::Job(const std::shared_ptr<StreamGraph>& graph, std::shared_ptr<Executor> native,
         std::shared_ptr<Executor> lane, std::shared_ptr<Executor> io, Clock& clock, uint64_t seed)
    : graph_(graph),
      job_graph_(*graph_),
      native_(std::move(native)),
      lane_(std::move(lane)),
      io_(std::move(io)),
      clock_(clock),
      restarting_(*this),
      queryable_states_(*graph_),
      environment_{
          .native = *native_,
          .lane = *lane_,
          .listener = *this,
          .clock = clock,
          .after = [this](int64_t nanos,
                          std::function<void()> callback) { timers_.after(nanos, std::move(callback)); },
          .job = id_,
          .queryable = queryable_states_,
          .restored = std::move(graph->restored),
          .seed = seed},
      restart_strategy_(make_restart_strategy(graph_->restart, seed)),
      checkpoints_(make_checkpoints()),
      execution_graph_(std::make_shared<ExecutionGraph>(job_graph_, environment_)),
      timers_(clock) {
  const bool restarts = !std::holds_alternative<NoRestart>(graph_->restart);
  if (checkpoints_ || !restarts) environment_.restored = nullptr;
  if (checkpoints_ && !restarts) checkpoints_->let_go_of_restored();
  region_of_vertex_.resize(job_graph_.vertices().size());
  for (const auto& vertices : job_graph_.regions()) {
    Region& region = *regions_.emplace_back(std::make_unique<Region>());
    region.vertices = vertices;
    for (uint32_t id : vertices) {
      region_of_vertex_[id] = &region;
      const JobVertex& vertex = job_graph_.vertices()[id];
      for (size_t i = 0; i < vertex.parallelism; ++i) region.tasks.push_back(vertex.first_task + i);
    }
  }
  io_->add(restarting_);
}

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
  io_->drain();
  io_->remove(restarting_);
}

void Job::start() {
  std::lock_guard lock(mutex_);
  if (status_ != JobStatus::kCreated) return;
  status_ = JobStatus::kRunning;
  started_at_ = clock_.monotonic_nanos();
  for (const auto& region : regions_) begin(*region);
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
  refuse_overtaking(*graph_);
  JobCheckpoints::Environment environment{
      .graph = job_graph_,
      .job = id_,
      .clock = clock_,
      .io = *io_,
      .after = environment_.after,
      .fail = [this](const std::string& reason) { fail(std::make_exception_ptr(Error(reason))); },
      .tell =
          [this](const CheckpointNews& news) {
            if (on_checkpoint_news_) on_checkpoint_news_(news);
          },
  };
  auto checkpoints =
      std::make_unique<JobCheckpoints>(*graph_->checkpoints, std::move(environment), environment_.restored);
  environment_.checkpoints = checkpoints.get();
  environment_.mode = graph_->checkpoints->mode;
  environment_.overtaking = graph_->checkpoints->overtake_after.has_value();
  return checkpoints;
}

std::future<std::string> Job::trigger_savepoint(const Location& parent, CheckpointPurpose purpose) {
  if (checkpoints_) return checkpoints_->trigger_savepoint(parent, purpose);
  throw Error(graph_->batch_mode
                  ? "there can be no savepoint: a job in BATCH mode keeps no state"
                  : "there can be no savepoint: records on their way round a loop would be lost");
}

std::future<std::shared_ptr<const KeyedSnapshot>> Job::look_up(const std::string& queryable_name,
                                                               std::string_view key,
                                                               int32_t hash_code) const {
  const uint32_t node = queryable_states_.find(queryable_name).node;
  const JobVertex& vertex = job_graph_.vertices()[job_graph_.vertex_of(node)];
  const uint32_t group = key_group_of(hash_code, vertex.max_parallelism);
  const uint32_t subtask = subtask_of_key_group(group, vertex.max_parallelism, vertex.parallelism);
  std::shared_ptr<Task> task;
  {
    std::lock_guard lock(mutex_);
    if (is_over()) {
      throw Error("the job '" + graph_->name + "' has ended (" + name_of(status_) +
                  "), and with it its queryable state '" + queryable_name + "'");
    }
    task = execution_graph_->tasks()[job_graph_.task_of(vertex.id, subtask)];
  }
  LookUpState request{
      queryable_name, entry_key(key, {}),
      Answer<std::shared_ptr<const KeyedSnapshot>>(
          "the task '" + task->name() + "' of the job '" + graph_->name +
          "', which has the key of the queryable state '" + queryable_name + "', has ended or starts over")};
  auto answer = request.answer.future();
  task->request(std::move(request));
  return answer;
}

void Job::begin(Region& region) {
  region.running = region.tasks.size();
  running_ += region.running;
  if (checkpoints_) checkpoints_->on_running(execution_graph_, region.tasks, region.attempt);
  for (size_t task : region.tasks) execution_graph_->tasks()[task]->wake();
}

void Job::cancel() {
  std::unique_lock lock(mutex_);
  if (is_over() || status_ == JobStatus::kCancelling) return;
  status_ = JobStatus::kCancelling;
  if (running_ == 0) {
    reach(JobStatus::kCanceled);
    ended_.wait(lock, [this] { return !rebuilding_; });
    return;
  }
  auto graph = execution_graph_;
  lock.unlock();
  for (const auto& task : graph->tasks()) task->cancel();
}

bool Job::wait(int64_t millis) {
  std::unique_lock lock(mutex_);
  auto over = [this] { return is_over(); };
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
    if (!restarts_due_.empty()) return false;
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
  int64_t end = is_over() ? ended_at_ : clock_.monotonic_nanos();
  return (end - started_at_) / 1'000'000;
}

uint32_t Job::restarts() const {
  std::lock_guard lock(mutex_);
  return restarts_;
}

std::shared_ptr<const ExecutionGraph> Job::execution_graph() const {
  std::lock_guard lock(mutex_);
  return execution_graph_;
}

size_t Job::Outage::running() const {
  size_t sum = 0;
  for (const Region* region : regions) sum += region->running;
  return sum;
}

void Job::task_ended(Task& task, std::exception_ptr failure) {
  if (failure) fail(failure, &task);
  // Last, so that the job is not over while this thread still cancels the others.
  std::lock_guard lock(mutex_);
  --running_;
  Region& region = region_of(task);
  --region.running;
  if (status_ == JobStatus::kCancelling) {
    if (running_ == 0) reach(JobStatus::kCanceled);
  } else if (doomed_) {
    if (running_ == 0) reach(JobStatus::kFailed);
  } else if (region.outage) {
    if (region.outage->running() == 0) outage_ended(*region.outage);
  } else if (running_ == 0 && outages_.empty()) {
    reach(JobStatus::kFinished);
  }
}

void Job::fail(std::exception_ptr failure, const Task* of) {
  std::vector<std::shared_ptr<Task>> tasks;
  std::exception_ptr earlier;  // let go of without the mutex: it may hold Python objects
  {
    std::lock_guard lock(mutex_);
    if (is_over() || status_ == JobStatus::kCreated || status_ == JobStatus::kCancelling || doomed_) return;
    std::vector<Region*> affected = affected_by(of);
    if (affected.empty()) return;
    earlier = std::exchange(failure_, failure);
    Outage& outage = outages_.emplace_back(Outage{std::move(affected), failure});
    for (Region* region : outage.regions) {
      region->outage = &outage;
      for (size_t task : region->tasks) tasks.push_back(execution_graph_->tasks()[task]);
    }
    refresh_status();
    if (outage.running() == 0) outage_ended(outage);
  }
  for (const auto& task : tasks) {
    if (task.get() != of) task->cancel();
  }
}

std::vector<Job::Region*> Job::affected_by(const Task* failed) {
  if (failed) {
    Region& region = region_of(*failed);
    if (region.outage) return {};
    const bool is_all = region.tasks.size() == job_graph_.tasks();
    if (!is_all && (!checkpoints_ || checkpoints_->on_failed(region.tasks))) return {&region};
  }
  std::vector<Region*> all;
  for (const auto& region : regions_) {
    if (!region->outage) all.push_back(region.get());
  }
  if (checkpoints_ && !all.empty()) checkpoints_->on_stopped("the job has failed");
  return all;
}

void Job::outage_ended(Outage& outage) {
  auto wait_millis = restart_strategy_->on_failure(clock_.monotonic_nanos() / 1'000'000);
  if (!wait_millis) return fail_for_good();
  refresh_status();
  // Never at once: the task that has just ended is still on the stack.
  timers_.after(std::max<int64_t>(1, *wait_millis * 1'000'000), [this, &outage] {
    std::lock_guard lock(mutex_);
    if (is_over() || status_ == JobStatus::kCancelling || doomed_) return;
    restarts_due_.push_back(&outage);
    if (restarts_due_.size() == 1) io_->schedule(restarting_);
  });
}

void Job::fail_for_good() {
  if (running_ == 0) return reach(JobStatus::kFailed);
  doomed_ = true;
  status_ = JobStatus::kFailing;
  if (checkpoints_) checkpoints_->on_stopped("the job has failed");
  for (const auto& task : execution_graph_->tasks()) task->cancel();
}

void Job::restart_due() {
  for (;;) {
    Outage* due = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (restarts_due_.empty()) return;
      due = restarts_due_.front();
    }
    restart(*due);
    std::lock_guard lock(mutex_);
    restarts_due_.pop_front();
  }
}

/// On the thread of `io`. All tasks of the outage have ended, but some may not have returned yet.
void Job::restart(Outage& outage) {
  uint32_t restarts = 0;
  {
    std::lock_guard lock(mutex_);
    if (is_over() || status_ == JobStatus::kCancelling || doomed_) return;
    rebuilding_ = true;
    restarts = ++restarts_;
    for (Region* region : outage.regions) ++region->attempt;
  }
  if (on_restart_) on_restart_(restarts, outage.cause);
  std::shared_ptr<ExecutionGraph> graph;
  std::exception_ptr failure;
  try {
    graph = rebuild(outage);
  } catch (...) {
    failure = std::current_exception();
  }
  // What is over is let go of without the mutex: it may hold Python objects.
  std::list<Outage> over;
  std::exception_ptr earlier;
  std::shared_ptr<ExecutionGraph> before;
  std::lock_guard lock(mutex_);
  rebuilding_ = false;
  ended_.notify_all();
  if (is_over() || status_ == JobStatus::kCancelling || doomed_) return;
  if (failure) {
    earlier = std::exchange(failure_, failure);
    outage.cause.swap(failure);
    return outage_ended(outage);
  }
  before = std::exchange(execution_graph_, graph);
  auto is_this = [&](const Outage& other) { return &other == &outage; };
  over.splice(over.end(), outages_, std::find_if(outages_.begin(), outages_.end(), is_this));
  for (Region* region : outage.regions) {
    region->outage = nullptr;
    begin(*region);
  }
  refresh_status();
}

/// Without the mutex: only one thread rebuilds, and nobody else changes what it needs.
std::shared_ptr<ExecutionGraph> Job::rebuild(const Outage& outage) {
  std::shared_ptr<ExecutionGraph> graph = execution_graph_;
  for (const Region* region : outage.regions) {
    for (size_t index : region->tasks) {
      const Task& task = *graph->tasks()[index];
      while (!task.has_returned()) std::this_thread::yield();
    }
  }
  PFPP_FAULT("job.restore");
  if (checkpoints_ && !PFPP_MUTANT("latest_not_restored")) {
    const std::set<std::string> operators = operators_of(outage);
    environment_.restored =
        checkpoints_->load_latest([&](const std::string& id) { return operators.contains(id); });
  }
  for (const Region* region : outage.regions) {
    environment_.attempt = region->attempt;
    graph = std::make_shared<ExecutionGraph>(*graph, environment_, region->vertices);
  }
  if (checkpoints_) environment_.restored = nullptr;
  return graph;
}

std::set<std::string> Job::operators_of(const Outage& outage) const {
  std::set<std::string> ids;
  for (const Region* region : outage.regions) {
    for (uint32_t vertex : region->vertices) {
      for (uint32_t node : job_graph_.vertices()[vertex].nodes) ids.insert(job_graph_.operator_id(node));
    }
  }
  return ids;
}

bool Job::is_over() const { return is_terminal(status_); }

void Job::refresh_status() {
  size_t ending = 0;
  for (const Outage& outage : outages_) ending += outage.running();
  if (outages_.empty()) {
    status_ = JobStatus::kRunning;
  } else {
    status_ = ending > 0 && ending == running_ ? JobStatus::kFailing : JobStatus::kRestarting;
  }
}

void Job::reach(JobStatus terminal) {
  status_ = terminal;
  ended_at_ = clock_.monotonic_nanos();
  if (checkpoints_)
    checkpoints_->on_job_ended(terminal == JobStatus::kFinished, terminal == JobStatus::kCanceled);
  ended_.notify_all();
}

}  // namespace pf
