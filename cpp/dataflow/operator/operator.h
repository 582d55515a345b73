#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task_metrics.h"
#include "model/stream_element.h"
#include "state/key_order.h"
#include "state/operator_state_backend.h"
#include "state/snapshot_context.h"
#include "state/state_backend.h"

namespace pf {

/// What an operator has emitted and the engine has not yet passed on. Slot 0 is the main output,
/// slots 1.. are side outputs in the order in which the plan numbers them. Lives on the task's thread.
class Outbox {
 public:
  /// False once something waits to be passed on. An operator may finish what it is at, but should
  /// then return `Step::kAgain` rather than go on: that is what bounds memory.
  bool has_room() const { return elements_.empty(); }
  void emit(Batch batch, int slot = 0) { elements_.push_back({slot, std::move(batch)}); }
  /// Watermarks and their kin go to every slot.
  void emit_to_all(StreamElement element) { elements_.push_back({kAllSlots, std::move(element)}); }

  static constexpr int kAllSlots = -1;
  struct Item {
    int slot;
    StreamElement element;
  };
  /// For the engine: what is to be passed on, in order.
  std::vector<Item>& items() { return elements_; }

 private:
  std::vector<Item> elements_;
};

/// Where an operator runs and what it may use. Valid from open to close; owned by the task.
struct OperatorContext {
  JobId job;
  std::string job_name;
  std::string task_name;
  std::string operator_name;
  std::string declared_at;                // file:line
  std::vector<std::string> side_outputs;  // slot i + 1 is side_outputs[i]
  std::map<std::string, std::string> job_parameters;
  uint32_t subtask = 0;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = 128;
  uint32_t attempt = 0;
  size_t batch_size = 1024;
  /// How long results may wait for others to travel with: 0 not at all, negative until a batch is full.
  int64_t buffer_timeout_nanos = 100'000'000;
  bool batch_mode = false;  // RuntimeExecutionMode.BATCH: only final results are wanted
  /// In which results for keys come in that mode.
  std::shared_ptr<const KeyOrder> key_order = KeyOrder::of_any();
  /// Several operators may be given the same objects: they promise not to change them.
  bool object_reuse = false;
  /// Another operator of the chain is handed what this one emits, as it is.
  bool has_chained_reader = false;
  std::string operator_id;  // the uid, or one that is the same in every run of the same program
  const StateBackend* state_backend = nullptr;
  /// The checkpoint that the job goes on from; none at a fresh start.
  std::optional<int64_t> restored_checkpoint_id;
  /// What `snapshot_state` gave in it, of each subtask that the operator had then; empty where the checkpoint
  /// has nothing of this operator, and once it is open. Who owns what at today's parallelism, the makers of
  /// state below know.
  std::vector<std::shared_ptr<const OperatorSnapshot>> restored;
  const Clock* clock = nullptr;
  OperatorMetrics* metrics = nullptr;
  /// Runs the task again soon. May be called from any thread while the operator is open:
  /// how an operator that answered `kWait` says that it can go on.
  std::function<void()> wake;
  /// Runs the task again after so many nanoseconds.
  std::function<void(int64_t)> wake_after;
  /// Asks for a call of `take_turn` as soon as the operator is between two elements. From any thread.
  std::function<void()> request_turn;
  /// Asks for a call of `take_turn` once the clock shows this time, in milliseconds since the epoch; of
  /// several such times the earliest counts. From the task's thread.
  std::function<void(int64_t)> request_turn_at;
  /// Makes states known outside of the job; see KeyedStateBackend::Options.
  StatePublisher publish_state;

  /// The operator's keyed state, with what was restored. To be called once, in `open`.
  std::unique_ptr<KeyedStateBackend> create_keyed_state(std::shared_ptr<const KeyCodec> keys) const {
    return state_backend->create({operator_id, subtask, parallelism, max_parallelism, clock, std::move(keys),
                                  restored, publish_state});
  }
  /// The operator's list states, with what was restored.
  std::unique_ptr<OperatorStateBackend> create_operator_state() const {
    OperatorStateBackend::Restored lists;
    for (const auto& snapshot : restored) lists.push_back(snapshot->lists);
    return std::make_unique<OperatorStateBackend>(subtask, parallelism, std::move(lists));
  }
  /// State that all subtasks have alike, with what one of them had; always in memory.
  std::unique_ptr<KeyedStateBackend> create_broadcast_state(std::shared_ptr<const KeyCodec> keys) const {
    StateOwner owner{operator_id, 0, 1, max_parallelism, clock, std::move(keys), {}};
    for (const auto& snapshot : restored) {
      if (!snapshot->broadcast || !owner.restored.empty()) continue;
      owner.restored.push_back(
          std::make_shared<OperatorSnapshot>(OperatorSnapshot{.keyed = snapshot->broadcast}));
    }
    return make_heap_state_backend()->create(owner);
  }
};

/// What an operator answers when it is given something.
enum class Step : uint8_t {
  kDone,   // the input is used up
  kAgain,  // call again with the same input once the outbox has been emptied
  kWait,   // as kAgain, once its task is woken: by `wake`, or by anything else that the task waits for;
           // an operator that cannot go on then answers kWait again
  kYield,  // as kAgain, and a turn may come before: the operator is between two rows
};

/// A transformation of streams, one instance for each subtask. All calls come from the task's
/// thread, one after another; an operator never blocks it. A failure of the user's function or
/// data is thrown and ends the job; `close` is called all the same.
class Operator {
 public:
  virtual ~Operator() = default;

  /// Called once, before any element.
  virtual void open(OperatorContext& context) { context_ = &context; }

  /// Called for each batch of an input, and again after any answer but kDone: the operator itself
  /// remembers how far it came. The batch may be moved from when the answer is kDone.
  virtual Step process_batch(int input, Batch& batch, Outbox& out) = 0;

  /// Called when the minimum over all inputs and their channels has risen. Passes it on unless overridden.
  virtual Step process_watermark(Watermark watermark, Outbox& out) {
    out.emit_to_all(watermark);
    return Step::kDone;
  }

  /// Called when all channels of all inputs have fallen idle, and when one is active again. Passes it on
  /// unless overridden.
  virtual Step process_status(WatermarkStatus status, Outbox& out) {
    out.emit_to_all(status);
    return Step::kDone;
  }

  /// Called after `request_turn` or `request_turn_at`, between two elements, or rows where the operator has
  /// answered kYield; and again after kAgain. For timers that are due and results that have arrived: what
  /// caused it the operator knows itself.
  virtual Step take_turn(Outbox& /*out*/) { return Step::kDone; }

  /// Called once when an input has ended; the others may go on. No turn follows the end of all inputs.
  virtual Step end_input(int /*input*/, Outbox& /*out*/) { return Step::kDone; }

  /// Called where a barrier can't wait until `process_batch` has used up the batch that it was last given:
  /// how many of its rows it has, with their results emitted. `snapshot_state` may follow, and then the rest
  /// as if nothing had been. None where the operator is within a row, or can't tell.
  virtual std::optional<size_t> pause_in_batch(Outbox& /*out*/) { return std::nullopt; }

  /// Called between two elements, when the outbox is empty, or after `pause_in_batch`: what has to survive a
  /// failure. It comes back as
  /// `OperatorContext::restored`, before the `open` of another instance.
  virtual OperatorSnapshot snapshot_state(const SnapshotContext& /*context*/) { return {}; }

  /// Called between two elements, some time after `snapshot_state`: all tasks have taken part in the
  /// checkpoint, and it is safe. May be left out when a later checkpoint is.
  virtual void notify_checkpoint_complete(int64_t /*checkpoint_id*/) {}
  /// Likewise: the checkpoint will not be completed. What it took of state stays with the operator.
  virtual void notify_checkpoint_aborted(int64_t /*checkpoint_id*/) {}

  /// Called once on finish, failure and cancellation alike, if open was called.
  virtual void close() {}

  /// True when values pass through that only `bindings/` can touch: such a task runs on the
  /// Python lane instead of a TBB worker.
  virtual bool needs_lane() const { return false; }

 protected:
  OperatorContext* context_ = nullptr;
};

}  // namespace pf
