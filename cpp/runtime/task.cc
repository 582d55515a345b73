#include "runtime/task.h"

#include <algorithm>

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {
namespace {

/// The longest that a run goes on with calls that take long, in nanoseconds.
constexpr int64_t kRunTime = 4'000'000;
/// What of a run may go into writing snapshots: a thirtieth, so that records hardly wait for it. As much
/// again goes into entries that records ask for first.
constexpr int64_t kWriteTime = kRunTime / 30;
/// Batches on their way back to the beginning of a loop, from which on it takes in nothing new.
constexpr size_t kLoopCredits = 8;

}  // namespace

Task::Task(TaskAttempt attempt, std::string name, Executor& executor, TaskListener& listener,
           const Clock& clock)
    : attempt_(attempt), name_(std::move(name)), executor_(executor), listener_(listener), clock_(clock) {}

Task::~Task() {
  waker_->retire();
  if (is_in_executor_) executor_.remove(*this);
}

void Task::assemble(std::vector<Input> inputs, std::vector<std::unique_ptr<RecordWriter>> writers,
                    std::unique_ptr<OperatorChain> chain) {
  inputs_ = std::move(inputs);
  writers_ = std::move(writers);
  chain_ = std::move(chain);
  std::vector<size_t> input_of_channel;
  // Ways back come last, so that those that watermarks come on count from 0.
  std::stable_partition(inputs_.begin(), inputs_.end(), [](const Input& input) { return !input.feedback; });
  for (const Input& input : inputs_) {
    if (input.feedback) break;
    if (static_cast<size_t>(input.input) >= channels_open_.size()) channels_open_.resize(input.input + 1);
    ++channels_open_[input.input];
    input_of_channel.push_back(input.input);
  }
  watermarks_.emplace(std::move(input_of_channel));
  executor_.add(*this);
  is_in_executor_ = true;
}

void Task::take_checkpoints(CheckpointListener& listener, BarrierAligner::Mode mode) {
  checkpoints_ = &listener;
  aligner_.emplace(inputs_.size(), mode);
}

void Task::let_overtake(std::function<void(int64_t)> wake_after, std::optional<InFlightInputs> inputs) {
  wake_after_ = std::move(wake_after);
  in_flight_ = std::move(inputs);
}

void Task::replay(std::vector<Replayed> to_head, std::vector<std::pair<size_t, Replayed>> to_nodes,
                  std::shared_ptr<const OpaqueColumns> opaque) {
  // On the task's own thread, which may touch the values.
  read_replayed_ = [this, to_head = std::move(to_head), to_nodes = std::move(to_nodes),
                    opaque = std::move(opaque)] {
    if (!to_head.empty()) replayed_.emplace(inputs_.size(), to_head, opaque.get());
    for (const auto& [node, part] : to_nodes) {
      for (StreamElement& element : read_in_flight(part, opaque.get())) {
        chain_->preload(node, 0, std::move(element));
      }
    }
  };
}

void Task::request(TaskRequest request) {
  requests_.add(std::move(request));
  wake();
}

void Task::begin_loop(int64_t wait_millis, std::function<void(int64_t)> wake_after) {
  loop_end_.emplace(wait_millis, clock_, std::move(wake_after));
}

void Task::wake() {
  Schedule seen = schedule_.load();
  for (;;) {
    if (seen == Schedule::kWokenAgain) return;
    Schedule wanted = seen == Schedule::kAsleep ? Schedule::kScheduled : Schedule::kWokenAgain;
    if (schedule_.compare_exchange_weak(seen, wanted)) break;
  }
  if (seen == Schedule::kAsleep) executor_.schedule(*this);
}

void Task::cancel() {
  cancelled_ = true;
  wake();
}

std::optional<uint64_t> Task::runs_at_rest() const {
  if (schedule_ != Schedule::kAsleep && !ended_) return std::nullopt;
  return runs_;
}

void Task::run() {
  // An exchange, not a store: it also makes what the previous run wrote visible on this thread.
  schedule_.exchange(Schedule::kScheduled);
  if (ended_) return;
  runs_.store(runs_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  account(resting_as_);
  More more = More::kNever;
  try {
    more = work();
  } catch (...) {
    account(&TaskMetrics::busy_nanos);
    end(std::current_exception());
    returned_ = true;
    return;
  }
  account(&TaskMetrics::busy_nanos);
  if (more == More::kNever) {
    end(nullptr);
    returned_ = true;
    return;
  }
  Schedule expected = Schedule::kScheduled;
  if (more == More::kWhenWoken && schedule_.compare_exchange_strong(expected, Schedule::kAsleep)) return;
  schedule_.exchange(Schedule::kScheduled);
  executor_.schedule(*this);
}

Task::More Task::work() {
  const More more = move();
  if (more == More::kNever || !chain_->has_unwritten()) return more;
  write_some();
  return chain_->has_unwritten() ? More::kNow : more;
}

void Task::write_some() {
  const int64_t until = clock_.monotonic_nanos() + kWriteTime;
  chain_->write_some([&] { return PFPP_MUTANT("tiny_slices") || clock_.monotonic_nanos() >= until; });
  acknowledge_cuts();
}

Task::More Task::move() {
  if (cancelled_) return More::kNever;
  if (!opened_) {
    opened_ = true;
    chain_->open();
    if (read_replayed_) std::exchange(read_replayed_, nullptr)();
  }
  obey_requests();
  if (in_flight_) look_for_announced();
  if (wake_after_) wake_for_overtaking();
  chain_->stop_waiting();
  const int64_t until = clock_.coarse_nanos() + kRunTime;
  const int most = executor_.steps_per_run();
  for (int steps = most; steps > 0; --steps) {
    const bool more = chain_->advance(most, until);
    if (checkpoints_) acknowledge_cuts();
    if (may_leave_ && chain_->is_halted() && !chain_->has_notices()) return More::kNever;
    if (more) return cancelled_ ? More::kNever : More::kNow;
    switch (chain_->state()) {
      case OperatorChain::State::kFinished:
        return checkpoints_ && !cancelled_ ? reach_end() : More::kNever;
      case OperatorChain::State::kBackpressured:
        resting_as_ = &TaskMetrics::backpressured_nanos;
        return More::kWhenWoken;
      case OperatorChain::State::kWaiting:
        resting_as_ = &TaskMetrics::idle_nanos;
        return More::kWhenWoken;
      case OperatorChain::State::kHungry:
        break;
    }
    if (cancelled_) return More::kNever;
    if (!feed()) {
      if (loop_end_ && loop_end_->has_come()) {
        end_loop();
        continue;
      }
      resting_as_ = &TaskMetrics::idle_nanos;
      return More::kWhenWoken;
    }
  }
  return More::kNow;
}

bool Task::loop_is_full() const {
  for (const Input& input : inputs_) {
    if (input.feedback && input.channel->in_flight() >= kLoopCredits) return true;
  }
  return false;
}

void Task::end_loop() {
  loop_end_.reset();
  if (held_watermark_) chain_->offer(0, *held_watermark_);
  chain_->offer(0, EndOfInput{});
}

bool Task::feed() {
  // A loop takes in nothing new as long as much is on its way back.
  const bool only_feedback = loop_end_ && loop_is_full();
  if (replayed_) {
    size_t index = 0;
    StreamElement element;
    if (replayed_->try_take(index, element)) {
      receive(index, std::move(element));
      return true;
    }
    replayed_.reset();
  }
  for (size_t tried = 0; tried < inputs_.size(); ++tried) {
    size_t index = next_channel_;
    next_channel_ = next_channel_ + 1 == inputs_.size() ? 0 : next_channel_ + 1;
    if (only_feedback && !inputs_[index].feedback) continue;
    if (aligner_ && aligner_->is_blocked(index) && !PFPP_MUTANT("no_alignment")) continue;
    StreamElement element;
    if (!inputs_[index].channel->try_pop(element)) continue;
    receive(index, std::move(element));
    return true;
  }
  return false;
}

void Task::receive(size_t index, StreamElement element) {
  int input = inputs_[index].input;
  if (in_flight_) {
    last_read_ = index;
    in_flight_->on_read(index, element);
  }
  if (inputs_[index].feedback) {
    // Only records go round.
    if (!std::holds_alternative<Batch>(element)) return;
    if (loop_end_) loop_end_->came_back();
  }
  if (const auto* barrier = std::get_if<Barrier>(&element)) {
    if (!aligner_) return;
    hear_of(*barrier);
    obey(aligner_->on_barrier(index, *barrier));
    return;
  }
  // A cut that an end completes comes first: whoever goes on from it sees the end again.
  if (aligner_ && std::holds_alternative<EndOfInput>(element)) obey(aligner_->on_end(index));
  auto pass_on = [&](const WatermarkChange& change) {
    if (loop_end_ && change.watermark && change.watermark->timestamp == kMaxTimestamp) {
      held_watermark_ = change.watermark;
    } else if (change.watermark) {
      chain_->offer(input, *change.watermark);
    }
    if (change.status) chain_->offer(input, *change.status);
  };
  if (auto* watermark = std::get_if<Watermark>(&element)) {
    pass_on(watermarks_->on_watermark(index, *watermark));
    chain_->note_watermark(input, watermarks_->watermark_of(static_cast<size_t>(input)));
  } else if (auto* status = std::get_if<WatermarkStatus>(&element)) {
    pass_on(watermarks_->on_status(index, *status));
  } else if (std::holds_alternative<EndOfInput>(element)) {
    pass_on(watermarks_->on_end(index));
    if (--channels_open_[input] > 0) return;
    if (loop_end_) {
      loop_end_->input_ended();
    } else {
      chain_->offer(input, EndOfInput{});
    }
  } else {
    if (auto* batch = std::get_if<Batch>(&element)) {
      metrics_.bytes_in.add(static_cast<int64_t>(batch->values->bytes()));
    }
    chain_->offer(input, std::move(element));
  }
}

void Task::obey_requests() {
  for (TaskRequest& request : requests_.take()) {
    std::visit([this](auto& kind) { obey(kind); }, request);
  }
}

void Task::obey(const CheckpointRequest& request) {
  if (const auto* begin = std::get_if<BeginCheckpoint>(&request)) {
    // Its state then is not its state now: the request came twice, its answer was lost, or the checkpoint
    // was given up here.
    if (begin->barrier.checkpoint <= last_heard_of_ && !PFPP_MUTANT("trigger_obeyed_twice")) return;
    if (end_reported_) {
      checkpoints_->acknowledged(*this, begin->barrier, chain_->last_snapshot(begin->barrier));
    } else if (!chain_->has_source() || !chain_->inject(begin->barrier)) {
      return;  // it is asked again once it has reached its end
    }
    hear_of(begin->barrier);
  } else if (const auto* completed = std::get_if<CheckpointCompleted>(&request)) {
    chain_->notify({completed->checkpoint, true});
    may_leave_ |= completed->ends_task || PFPP_MUTANT("any_checkpoint_covers_end");
  } else if (std::holds_alternative<EndSource>(request)) {
    chain_->end_source();
  } else if (std::holds_alternative<Leave>(request)) {
    may_leave_ = true;
  } else {
    uint64_t checkpoint = std::get<CheckpointAborted>(request).checkpoint;
    chain_->notify({checkpoint, PFPP_MUTANT("abort_told_as_complete")});
    chain_->go_on_after(checkpoint);
    if (!inputs_.empty()) aligner_->on_abort(checkpoint);
    if (in_flight_) in_flight_->recorder().give_up(checkpoint);
    if (held_cut_ && held_cut_->barrier.checkpoint == checkpoint) held_cut_.reset();
  }
}

void Task::obey(LookUpState& request) {
  try {
    const auto published = published_.find(request.queryable_name);
    if (published == published_.end()) {
      throw Error("the task '" + name_ + "' has not asked yet for the state that is queryable as '" +
                  request.queryable_name + "'");
    }
    request.answer.give(published->second(request.entry));
  } catch (...) {
    request.answer.fail(std::current_exception());  // not the business of the job
  }
}

void Task::hear_of(const Barrier& barrier) {
  if (barrier.checkpoint <= last_heard_of_) return;
  last_heard_of_ = barrier.checkpoint;
  heard_of_at_ = clock_.monotonic_nanos();
  bytes_in_by_then_ = metrics_.bytes_in.value();
  checkpoint_metrics_.start_delay_nanos.set((clock_.epoch_millis() - barrier.epoch_millis) * 1'000'000);
}

void Task::end_alignment(size_t persisted_bytes) {
  checkpoint_metrics_.alignment_nanos.set(clock_.monotonic_nanos() - heard_of_at_);
  checkpoint_metrics_.processed_bytes.set(metrics_.bytes_in.value() - bytes_in_by_then_);
  checkpoint_metrics_.persisted_bytes.set(static_cast<int64_t>(persisted_bytes));
}

void Task::look_for_announced() {
  const int64_t now = clock_.epoch_millis();
  for (const Barrier& barrier : in_flight_->take_announced()) {
    hear_of(barrier);
    obey(aligner_->on_announced(barrier, now));
  }
  obey(aligner_->on_time(now));
  if (in_flight_->recorder().checkpoint()) in_flight_->look(replayed_ ? &*replayed_ : nullptr);
}

void Task::wake_for_overtaking() {
  const int64_t never = kMaxTimestamp;
  int64_t due = chain_->overtakes_at().value_or(never);
  if (in_flight_) due = std::min(due, aligner_->next_time().value_or(never));
  const int64_t now = clock_.monotonic_nanos();
  if (due == never || now < wake_due_) return;
  const int64_t nanos = std::max<int64_t>(1, due - clock_.epoch_millis()) * 1'000'000;
  wake_due_ = now + nanos;
  wake_after_(nanos);
}

void Task::obey(const AlignerDecision& decision) {
  for (uint64_t checkpoint : decision.given_up) {
    checkpoints_->declined(*this, checkpoint, "a later checkpoint overtook it at " + name_);
  }
  if (decision.in_flight.empty()) {
    for (const Barrier& barrier : decision.cuts) {
      end_alignment(0);
      chain_->cut_in(barrier, nullptr);
      if (wake_after_) wake_for_overtaking();
    }
    return;
  }
  const Barrier& barrier = decision.cuts.front();
  const uint64_t checkpoint = barrier.checkpoint;
  if (auto before = in_flight_->begin(checkpoint, decision.in_flight)) {
    held_cut_.reset();
    chain_->go_on_after(*before);  // without what was in flight its cut is worth nothing
    checkpoints_->declined(*this, *before, "a later checkpoint overtook it at " + name_);
  }
  chain_->cut_in(barrier, [this, checkpoint](Batch rest) {
    InFlightRecorder& recorder = in_flight_->recorder();
    if (recorder.checkpoint() == checkpoint) recorder.put_first(last_read_, rest);
  });
}

void Task::acknowledge_cuts() {
  while (auto cut = chain_->take_cut()) {
    if (in_flight_ && in_flight_->recorder().checkpoint() == cut->barrier.checkpoint) {
      held_cut_ = std::move(cut);
    } else {
      checkpoints_->acknowledged(*this, cut->barrier, std::move(cut->snapshot));
    }
  }
  if (!held_cut_ || !in_flight_->recorder().is_complete()) return;
  auto snapshot = std::make_shared<TaskSnapshot>(*held_cut_->snapshot);
  auto& of_head = snapshot->operators.at(chain_->head_id());
  auto head = std::make_shared<OperatorSnapshot>(*of_head);
  head->in_flight = in_flight_->recorder().finish();
  end_alignment(head->in_flight ? head->in_flight->bytes().size() : 0);
  of_head = std::move(head);
  checkpoints_->acknowledged(*this, held_cut_->barrier, std::move(snapshot));
  held_cut_.reset();
}

Task::More Task::reach_end() {
  if (!end_reported_) {
    end_reported_ = true;
    PFPP_FAULT("task.end");
    checkpoints_->reached_end(*this);
  }
  if (may_leave_ || PFPP_MUTANT("end_without_checkpoint")) {
    // Nobody else has what a savepoint is still to get.
    if (chain_->has_unwritten()) return More::kNow;
    PFPP_FAULT("task.leave");
    checkpoints_->left(*this);
    return More::kNever;
  }
  resting_as_ = &TaskMetrics::idle_nanos;
  return More::kWhenWoken;
}

void Task::end(std::exception_ptr failure) {
  ended_ = true;
  requests_.close();
  try {
    chain_->close();
  } catch (...) {
    if (!failure && !cancelled_) failure = std::current_exception();
  }
  chain_.reset();
  writers_.clear();
  waker_->retire();
  listener_.task_ended(*this, failure);
}

void Task::account(Counter TaskMetrics::*spent) {
  int64_t now = clock_.monotonic_nanos();
  if (last_change_ != 0) (metrics_.*spent).add(now - last_change_);
  last_change_ = now;
}

}  // namespace pf
