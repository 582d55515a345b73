#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataflow/operator/operator.h"

namespace pf {

/// What a source answers when asked for more.
enum class Poll : uint8_t {
  kMore,  // ask again as soon as the outbox has been emptied
  kWait,  // nothing now: ask again after `wake` or `wake_after`
  kEnd,   // bounded input is used up
};

/// Where records come from: the head of a chain, one instance for each subtask. Same thread and
/// life cycle as an operator; it never blocks for long, so that barriers can be put in between.
class Source {
 public:
  virtual ~Source() = default;
  virtual void open(OperatorContext& context) { context_ = &context; }
  /// Emits at most about a batch, and only into an outbox that has room.
  virtual Poll poll(Outbox& out) = 0;
  virtual void close() {}

  /// Called before `snapshot_state`, and again after kAgain (once the outbox is empty) or kWait (once the
  /// task is woken), with no `poll` in between: emits what has been read, but not emitted yet, so that what
  /// is emitted next comes after the snapshot.
  virtual Step prepare_snapshot(Outbox& /*out*/) { return Step::kDone; }
  /// Called once that is done and the outbox is empty: the positions of the reader, and the splits that
  /// nobody reads yet. It comes back as `OperatorContext::restored`; what is polled then is what would have
  /// followed.
  virtual OperatorSnapshot snapshot_state(const SnapshotContext& /*context*/) { return {}; }
  /// As an operator's.
  virtual void notify_checkpoint_complete(int64_t /*checkpoint_id*/) {}
  virtual void notify_checkpoint_aborted(int64_t /*checkpoint_id*/) {}
  virtual bool needs_lane() const { return false; }

  /// The split that the rows of the last poll came from, in sources that read several at the same time:
  /// each then has watermarks of its own. Splits that are read one after another need no telling apart.
  virtual std::optional<uint64_t> split() const { return std::nullopt; }
  /// The splits that have ended since the last call; they hold no watermark back any more.
  virtual std::vector<uint64_t> take_ended_splits() { return {}; }

 protected:
  OperatorContext* context_ = nullptr;
};

}  // namespace pf
