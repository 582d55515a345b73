#pragma once

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task_metrics.h"
#include "control/checkpoint/barrier_aligner.h"
#include "control/time/input_watermarks.h"
#include "dataflow/chain/operator_chain.h"
#include "dataflow/exchange/channel.h"
#include "runtime/executor.h"
#include "runtime/in_flight_inputs.h"
#include "runtime/loop_end.h"
#include "runtime/replayed_inputs.h"
#include "runtime/task_checkpoints.h"
#include "runtime/task_requests.h"
#include "runtime/waker.h"
#include "state/queryable_state.h"

namespace pf {

/// Who is told how a task ended. Called exactly once for each task, on the task's thread.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  /// `failure` is null when the task finished or was cancelled.
  virtual void task_ended(Task& task, std::exception_ptr failure) = 0;
};

/// One subtask at work: input channels, the chain, and outgoing writers.
/// Threading: `wake` and `cancel` from any thread; everything else happens in `run`, which the
/// executor calls serially. Whoever changes something that the task waits for calls `wake`, and the
/// task is then run once more; a run that finds nothing to do costs little.
/// Life cycle: created -> (first run) open -> running -> ended. Chain and operators die with `run`
/// on the task's own thread. Owned by the job.
class Task final : public Runnable, public Wakeable {
 public:
  struct Input {
    Channel* channel;
    int input;              // which of the head operator's inputs the channel feeds
    bool feedback = false;  // the way back of a loop
  };

  Task(TaskAttempt attempt, std::string name, Executor& executor, TaskListener& listener, const Clock& clock);
  /// Not before it has returned from its last run, if it was ever woken.
  ~Task() override;

  /// Before the first `wake`: what the task shall run.
  void assemble(std::vector<Input> inputs, std::vector<std::unique_ptr<RecordWriter>> writers,
                std::unique_ptr<OperatorChain> chain);

  /// Before the first `wake`: the task takes part in checkpoints.
  void take_checkpoints(CheckpointListener& listener, BarrierAligner::Mode mode);
  /// Obeyed at its next run. Any thread; once it has ended, nothing happens.
  void request(TaskRequest request);
  /// For an operator of the chain that opens: from now on, and until they are closed, the state can be looked
  /// up by the name.
  void publish(const std::string& queryable_name, StateLookup lookup) {
    published_[queryable_name] = std::move(lookup);
  }
  /// Likewise: barriers may overtake what the task has to send, and with `inputs` what is on its way to it.
  void let_overtake(std::function<void(int64_t)> wake_after, std::optional<InFlightInputs> inputs);
  /// Likewise: takes in first what was in flight to the head, or to other nodes of the chain.
  void replay(std::vector<Replayed> to_head, std::vector<std::pair<size_t, Replayed>> to_nodes,
              std::shared_ptr<const OpaqueColumns> opaque);
  /// The head is the beginning of a loop; see LoopEnd.
  void begin_loop(int64_t wait_millis, std::function<void(int64_t)> wake_after);
  /// Whether it has ended and no thread is inside of it any more. Any thread.
  bool has_returned() const { return returned_; }

  void wake() override;
  /// Ends the task at its next run, whatever it waits for.
  void cancel();
  void run() override;

  const TaskAttempt& attempt() const { return attempt_; }
  const std::string& name() const { return name_; }
  /// The latest checkpoint that has come by: it cannot answer for this one or earlier ones later. On its
  /// thread.
  uint64_t last_heard_of() const { return last_heard_of_; }
  TaskMetrics& metrics() { return metrics_; }
  const CheckpointMetrics& checkpoint_metrics() const { return checkpoint_metrics_; }
  /// How often it has run, if it sleeps or has ended; nothing while it runs or is about to. Any thread.
  std::optional<uint64_t> runs_at_rest() const;
  /// What is given to anything that may outlive the task.
  const std::shared_ptr<Waker>& waker() const { return waker_; }

 private:
  enum class Schedule : uint8_t { kAsleep, kScheduled, kWokenAgain };
  enum class More : uint8_t { kNow, kWhenWoken, kNever };

  More work();
  More move();
  void write_some();
  bool feed();
  void look_for_announced();
  /// The first news of a checkpoint, or a later one.
  void hear_of(const Barrier& barrier);
  /// Its barrier is known of everywhere, and so much has been in flight.
  void end_alignment(size_t persisted_bytes);
  void wake_for_overtaking();
  bool loop_is_full() const;
  void end_loop();
  void receive(size_t index, StreamElement element);
  void obey_requests();
  void obey(const CheckpointRequest& request);
  void obey(LookUpState& request);
  void obey(const AlignerDecision& decision);
  void acknowledge_cuts();
  More reach_end();
  void end(std::exception_ptr failure);
  void account(Counter TaskMetrics::*spent);

  const TaskAttempt attempt_;
  const std::string name_;
  Executor& executor_;
  bool is_in_executor_ = false;
  TaskListener& listener_;
  const Clock& clock_;
  TaskMetrics metrics_;
  CheckpointMetrics checkpoint_metrics_;

  std::vector<Input> inputs_;
  std::vector<std::unique_ptr<RecordWriter>> writers_;
  std::unique_ptr<OperatorChain> chain_;
  std::optional<InputWatermarks> watermarks_;
  std::vector<int> channels_open_;  // for each input
  std::optional<LoopEnd> loop_end_;
  std::optional<Watermark> held_watermark_;  // the last one, which must not overtake records of the loop
  size_t next_channel_ = 0;

  CheckpointListener* checkpoints_ = nullptr;  // null: none are taken
  std::optional<BarrierAligner> aligner_;
  std::optional<InFlightInputs> in_flight_;     // none: barriers come in line
  std::optional<OperatorChain::Cut> held_cut_;  // while not all is known that was in flight
  std::function<void(int64_t)> wake_after_;     // none: barriers leave in line
  int64_t wake_due_ = 0;                        // of that last asked for, in monotonic nanoseconds
  size_t last_read_ = 0;                        // channel
  std::function<void()> read_replayed_;         // what was in flight, in the first run
  std::optional<ReplayedInputs> replayed_;
  uint64_t last_heard_of_ = 0;  // checkpoint, ...
  int64_t heard_of_at_ = 0;     // ... and when, in monotonic nanoseconds, ...
  int64_t bytes_in_by_then_ = 0;
  bool end_reported_ = false;
  bool may_leave_ = false;  // no checkpoint is to come that the task should take part in

  TaskRequests requests_;
  std::map<std::string, StateLookup> published_;

  const std::shared_ptr<Waker> waker_ = std::make_shared<Waker>(*this);
  std::atomic<Schedule> schedule_{Schedule::kAsleep};
  std::atomic<bool> cancelled_{false};
  bool opened_ = false;
  std::atomic<bool> ended_{false};
  std::atomic<bool> returned_{false};
  std::atomic<uint64_t> runs_{0};
  int64_t last_change_ = 0;
  Counter TaskMetrics::*resting_as_ = &TaskMetrics::idle_nanos;
};

}  // namespace pf
