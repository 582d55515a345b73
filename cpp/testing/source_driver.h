#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "dataflow/source/source_factory.h"
#include "testing/driven_subtask.h"

namespace pf {

/// Drives one subtask of a source without a job, poll by poll; the outbox is emptied only between calls. For
/// tests, users' included. All calls come from one thread; wakes may come from any.
class SourceDriver {
 public:
  SourceDriver(const SourceFactory& factory, SubtaskSettings settings);
  /// Closes the source, too, if that has not been done.
  ~SourceDriver();
  SourceDriver(const SourceDriver&) = delete;
  SourceDriver& operator=(const SourceDriver&) = delete;

  void open();
  /// Polls once; where there is nothing now, once more as soon as the source is woken, until there is. False
  /// at the end.
  bool poll();
  void set_processing_time(int64_t epoch_millis) { subtask_.set_processing_time(epoch_millis); }
  /// What has been read and not yet been emitted is emitted before.
  std::shared_ptr<const OperatorSnapshot> snapshot_state(const SnapshotContext& checkpoint);
  void notify_checkpoint_complete(int64_t checkpoint_id);
  void notify_checkpoint_aborted(int64_t checkpoint_id);
  void close();

  /// What the source has emitted since the last call.
  std::vector<Outbox::Item> take_output() { return std::exchange(output_, {}); }

 private:
  /// Runs something that may emit, also before it throws.
  template <typename Call>
  auto emitting(Call call);
  void pass_on();

  DrivenSubtask subtask_;
  std::unique_ptr<Source> source_;
  Outbox outbox_;
  std::vector<Outbox::Item> output_;
  bool opened_ = false;
};

}  // namespace pf
