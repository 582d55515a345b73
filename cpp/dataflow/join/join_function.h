#pragma once

#include <algorithm>
#include <string>

#include "control/time/timer_service.h"
#include "dataflow/operator/operator.h"
#include "serde/serializer.h"
#include "state/keyed_state_backend.h"

namespace pf {

/// A record of each side, with their timestamps.
struct JoinPair {
  Datum left;
  Datum right;
  int64_t left_timestamp = 0;
  int64_t right_timestamp = 0;

  /// That of the pair's results.
  int64_t timestamp() const { return std::max(left_timestamp, right_timestamp); }
};

/// What an interval join makes of its pairs. One for each subtask, on the task's thread.
class JoinFunction {
 public:
  virtual ~JoinFunction() = default;
  virtual void open(OperatorContext& context, KeyedStateBackend& state, TimerService& timers) = 0;
  virtual void close() {}
  virtual bool needs_lane() const { return false; }

  /// Of the records of an input: 0 left, 1 right.
  virtual SerializerPtr records(int input) const = 0;
  /// Called before the rows of a batch are joined.
  virtual void begin_batch(const Batch& batch) = 0;
  virtual void end_batch() = 0;
  /// A row of the batch as a value that the caller owns.
  virtual Datum record(size_t row) = 0;

  /// Called for each pair; the current key is the pair's, and the namespace empty. False when there are more
  /// results than can be kept: `resume` is then called, once what there is has been flushed, until it says
  /// true.
  virtual bool join(const JoinPair& pair) = 0;
  virtual bool resume() { return true; }
  /// True when as many results wait as one batch should have.
  virtual bool full() const = 0;
  /// Emits the results that wait.
  virtual void flush(Outbox& out) = 0;

  /// As an operator's: what the function itself remembers. The keyed state that it was given is not its own.
  virtual OperatorSnapshot snapshot_state(const SnapshotContext& /*context*/) { return {}; }
  virtual void notify_checkpoint_complete(int64_t /*checkpoint_id*/) {}
  virtual void notify_checkpoint_aborted(int64_t /*checkpoint_id*/) {}
};

}  // namespace pf
