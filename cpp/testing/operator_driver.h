#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator_factory.h"
#include "testing/driven_subtask.h"

namespace pf {

/// Drives one operator without a job, item by item and as unkindly as its contract allows: the outbox has
/// room for one emission and is emptied only between calls, and time stands still until it is turned. For
/// tests, users' included. All calls come from one thread; wakes may come from any.
class OperatorDriver {
 public:
  /// Null in `keys` where an input has no key.
  OperatorDriver(const OperatorFactory& factory, SubtaskSettings settings,
                 const std::vector<std::shared_ptr<const KeyExtractorFactory>>& keys);
  /// Closes the operator, too, if that has not been done.
  ~OperatorDriver();
  OperatorDriver(const OperatorDriver&) = delete;
  OperatorDriver& operator=(const OperatorDriver&) = delete;

  void open();
  void process_batch(int input, Batch batch);
  void process_watermark(int64_t timestamp);
  void end_input(int input);
  /// Turns the clock, and gives the operator the turns that have come due. Throws Error when it would go
  /// back.
  void set_processing_time(int64_t epoch_millis);
  int64_t processing_time() const { return subtask_.clock().epoch_millis(); }
  std::shared_ptr<const OperatorSnapshot> snapshot_state(const SnapshotContext& checkpoint);
  void notify_checkpoint_complete(int64_t checkpoint_id);
  void notify_checkpoint_aborted(int64_t checkpoint_id);
  void close();

  /// What the operator has emitted since the last call, to all slots.
  std::vector<Outbox::Item> take_output() { return std::exchange(output_, {}); }

 private:
  void drive(const std::function<Step()>& call);
  void take_turns();
  void pass_on();

  DrivenSubtask subtask_;
  std::vector<std::unique_ptr<KeyExtractor>> keys_;
  std::unique_ptr<Operator> operator_;
  Outbox outbox_;
  std::vector<Outbox::Item> output_;
  bool opened_ = false;
};

}  // namespace pf
