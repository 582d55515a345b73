#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "control/checkpoint/task_snapshot.h"
#include "dataflow/exchange/record_writer.h"
#include "dataflow/operator/operator.h"
#include "dataflow/source/source.h"

namespace pf {

/// The operators that run fused in one subtask, head first. Elements go from node to node without a
/// channel in between; each node holds at most what it is working on, so an operator that emits
/// without end is held up as soon as an output has no credit. Lives on the task's thread.
class OperatorChain {
 public:
  /// Where an output of a node leads.
  struct Target {
    int slot = 0;
    size_t node = 0;                 // a later node of the chain, ...
    RecordWriter* writer = nullptr;  // ... unless this is set
  };
  struct Node {
    std::unique_ptr<Operator> op;    // exactly one of the two is set;
    std::unique_ptr<Source> source;  // a source only at the head
    int inputs = 1;
    OperatorContext context;
    std::shared_ptr<OperatorMetrics> metrics;
    std::vector<Target> targets;
    /// Goes on from its end: it is opened, and only passes on that there is no more. So do all before it.
    bool ended = false;
  };
  /// Why the chain cannot go on by itself.
  enum class State : uint8_t {
    kHungry,         // the head can take an element
    kBackpressured,  // an output has no credit
    kWaiting,        // an operator or the source waits for `wake`
    kFinished,       // everything has ended and has been passed on
  };

  explicit OperatorChain(std::vector<Node> nodes);

  /// Opens the operators from the last to the first, so that each finds its receivers open.
  void open();
  /// Gives the head an element of one of its inputs. Only in state kHungry, and not to a source.
  void offer(int input, StreamElement element);
  /// Puts a barrier behind what the source has emitted so far; false once it has ended. Only with a source.
  bool inject(const Barrier& barrier);
  /// Gives the head a barrier that has overtaken what is before it. Unlike `offer` whatever the head is at:
  /// where that is a batch of which it can tell how far it came, `rest` is called with what is left of it,
  /// which then is behind the barrier.
  using KeepRest = std::function<void(Batch rest)>;
  void cut_in(const Barrier& barrier, KeepRest rest);
  /// Before anything moves: elements that a node of the chain takes in first.
  void preload(size_t node, int input, StreamElement element);
  /// Whether a barrier is in the chain that may yet overtake, and from when on.
  std::optional<int64_t> overtakes_at() const;
  /// A cut that has gone through all nodes: what they remembered where the barrier was.
  struct Cut {
    Barrier barrier;
    TaskSnapshotPtr snapshot;
    /// What this thread has to write of it first.
    std::vector<std::shared_ptr<UnwrittenState>> unwritten;
  };
  /// The oldest such cut since the last call of which this thread has nothing more to write.
  std::optional<Cut> take_cut();
  /// Whether cuts wait for `write_some`.
  bool has_unwritten() const { return !cuts_.empty(); }
  /// Writes of what the cuts have frozen, until `is_over`.
  void write_some(const std::function<bool()>& is_over);
  /// What became of a checkpoint; each node is told between two elements.
  struct Notice {
    uint64_t checkpoint = 0;
    bool complete = false;
  };
  void notify(const Notice& notice);
  /// Whether some node has not been told yet.
  bool has_notices() const;
  /// All nodes are behind a barrier at which the job stops: nothing moves before `go_on_after`.
  bool is_halted() const;
  /// The checkpoint was given up: nothing more is written of it, and if its barrier has stopped nodes, they
  /// move again.
  void go_on_after(uint64_t checkpoint);
  /// The source ends, behind what it has read so far, as if its input were used up. Only with a source.
  void end_source();
  /// What the nodes remember once all has ended. Only in state kFinished.
  TaskSnapshotPtr last_snapshot(const Barrier& barrier);

  /// Moves everything as far as it goes, but no further than about `steps` calls of operators, and makes
  /// none when the coarse clock shows `until_nanos`. True when it stopped only because of these limits;
  /// `state` otherwise says why.
  bool advance(int steps, int64_t until_nanos = kMaxTimestamp);
  State state() const;
  /// For the metrics of the head, where it has several inputs.
  void note_watermark(int input, int64_t timestamp) {
    auto& gauges = nodes_.front().metrics->watermarks_of_inputs;
    if (!gauges.empty()) gauges.at(static_cast<size_t>(input)).set(timestamp);
  }
  /// What the chain waited for may have come: operators that answered kWait are called again.
  void stop_waiting();
  /// Closes every operator that was opened; the first failure of a close is thrown after all of them.
  void close();

  bool has_source() const { return nodes_.front().source != nullptr; }
  const std::string& head_id() const { return nodes_.front().context.operator_id; }

 private:
  /// `advance`, before readers are told.
  bool move(int steps, int64_t until_nanos);
  /// Wakes the readers of everything that has been written.
  void announce();
  enum class Work : uint8_t { kNone, kElement, kRows, kTurn };
  /// What changes while a node runs.
  struct Progress {
    explicit Progress(const Node& node);
    Outbox outbox;
    size_t passed_on = 0;  // items of the outbox already handed to all targets
    std::deque<std::pair<int, StreamElement>> inbox;
    int inputs_open;
    /// The turn that the operator asked for: at once (set by any thread), or at a time.
    std::shared_ptr<std::atomic<bool>> turn = std::make_shared<std::atomic<bool>>(false);
    std::optional<int64_t> turn_at;
    int64_t wake_for = kMinTimestamp;  // the time that the last wake was asked for, ...
    int64_t wake_due = kMinTimestamp;  // ... and when that wake comes, in monotonic nanoseconds
    Work unfinished = Work::kNone;     // answered kAgain or kWait, in kRows kYield
    /// Thrown once what the operator emitted before it has been passed on, and its receivers had a turn.
    std::exception_ptr failure;
    std::deque<Notice> notices;
    std::optional<uint64_t> halted_at;  // a checkpoint
    bool turn_has_waited = false;       // for an element
    const bool may_take_long;           // when it runs: its user decides
    bool opened = false;
    bool waiting = false;
    bool ended = false;
  };
  /// True when the outbox of the node is empty now; `fed_a_node` is set when another node got something.
  bool pass_on(size_t node, bool& fed_a_node);
  bool accepts(const Target& target);
  /// Gives one target an element whose objects no other reader has.
  void hand_over(const Node& node, const Target& target, StreamElement element, bool is_last);
  bool can_step(size_t node) const;
  bool turn_is_due(size_t node) const;
  bool turn_time_has_come(size_t node) const;
  bool wake_is_to_come(size_t node) const;
  void ask_for_wake(size_t node, int64_t epoch_millis);
  /// Calls the node once. A failure that leaves results in the outbox is put off until they are passed on.
  void step(size_t node);
  void run_node(size_t node);
  void give_turn(size_t node);
  Step process(size_t node, int input, StreamElement& element);
  void poll_source();
  bool prepare_source();
  void send_barrier();
  bool has_notices(size_t node) const;
  void give_notices(size_t node);
  std::shared_ptr<const OperatorSnapshot> snapshot_node(size_t node, const Barrier& barrier);
  void cut(size_t node, const Barrier& barrier);
  void end_node(size_t node);
  /// Instead of any input.
  void end_at_once(size_t node);

  /// The latest barrier that may overtake, as long as some node has not sent it on.
  struct Hurry {
    uint64_t checkpoint;
    int64_t overtakes_at;
    size_t nodes_left;
    KeepRest rest;  // empty: the head has no rest to keep, or its barrier has come in line
  };
  void expect(const Barrier& barrier, KeepRest rest);
  /// Looks whether outputs have to be sent without credit by now.
  void look_if_late();
  bool is_expected_barrier(const StreamElement& element) const;
  bool pause_in_batch();
  /// Looks which channels have room by now for what was sent without credit.
  void catch_up();

  /// A cut on its way through the chain.
  struct Cutting {
    Barrier barrier;
    TaskSnapshot snapshot;
    size_t missing;  // nodes
  };

  std::vector<Node> nodes_;
  std::vector<RecordWriter*> writers_;  // of all nodes
  std::vector<Progress> progress_;
  std::deque<Barrier> to_inject_;
  uint64_t gone_on_after_ = 0;  // the latest checkpoint given up: its barrier may still be on its way here
  bool source_is_prepared_ = false;  // for the first of them
  bool source_is_to_end_ = false;
  std::map<uint64_t, Cutting> cutting_;
  std::deque<Cut> cuts_;
  bool no_credit_ = false;
  std::optional<Hurry> hurry_;
  bool overtaking_ = false;  // outputs are sent, with credit or without
  bool behind_ = false;      // some of what was sent without is not in its channel yet
};

}  // namespace pf
