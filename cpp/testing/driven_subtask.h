#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// Where a driven source or operator runs, for tests, users' included.
struct SubtaskSettings {
  std::string operator_name;
  std::string declared_at;
  std::vector<std::string> side_outputs;
  std::shared_ptr<const StateBackend> state_backend;  // null: heap
  size_t batch_size = 1;
  bool batch_mode = false;
  int64_t epoch_millis = 0;
  uint32_t subtask = 0;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = 128;
  std::optional<int64_t> restored_checkpoint_id;
  std::vector<std::shared_ptr<const OperatorSnapshot>> restored;
  /// Called with what blocks until the subtask is woken, which it has to call.
  std::function<void(const std::function<void()>&)> while_waiting = [](const auto& wait) { wait(); };
};

/// The subtask around a driven source or operator: its context, a clock that stands still until it is turned,
/// and the wakes and turns that were asked for. Used from one thread; wakes may come from any.
class DrivenSubtask {
 public:
  explicit DrivenSubtask(SubtaskSettings settings);
  DrivenSubtask(const DrivenSubtask&) = delete;
  DrivenSubtask& operator=(const DrivenSubtask&) = delete;

  OperatorContext& context() { return context_; }
  const ManualClock& clock() const { return clock_; }
  /// Throws Error when it would go back.
  void set_processing_time(int64_t epoch_millis);
  /// Whether a turn has come due that has not been asked after yet.
  bool turn_is_due();
  /// Blocks until something wakes the subtask, unless it has been since the last call. Throws Error when
  /// nothing does for long.
  void wait_for_wake();

 private:
  SubtaskSettings settings_;
  ManualClock clock_;
  OperatorMetrics metrics_;
  OperatorContext context_;
  int64_t turn_at_ = kMaxTimestamp;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool turn_ = false;
};

}  // namespace pf
