#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "dataflow/operator/operator_factory.h"

namespace pf::python {

/// Carries the results of `execute_and_collect` from the sinks to the thread that iterates over
/// them. Bounded: a sink waits, without blocking its thread, until the reader has caught up.
class ResultQueue {
 public:
  explicit ResultQueue(size_t batches) : capacity_(batches) {}

  /// Sink: an attempt of the job begins. What an earlier one left unread is dropped.
  void begin(uint32_t attempt);
  /// Sink: false when full; `wake` is then called once there is room again.
  bool try_push(ColumnPtr rows, const std::function<void()>& wake);
  /// Reader: the next batch; null when none has come within so many milliseconds. Throws Error once the
  /// job has started over after records were read: they would come again.
  ColumnPtr pop(int64_t millis);

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<ColumnPtr> batches_;
  std::vector<std::function<void()>> waiting_;
  bool read_from_ = false;
  bool repeats_ = false;
};

std::shared_ptr<const OperatorFactory> make_collect_sink(std::shared_ptr<ResultQueue> queue);

}  // namespace pf::python
