#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "dataflow/operator/operator_factory.h"

namespace pf::python {

/// What a restart means for results: they go to a program that may have acted on them already.
enum class Collecting : uint8_t {
  kAtOnce,      // shown as they come; a restart after the first has been read is an error
  kRepeatedly,  // shown as they come, and again after a restart
  kOnceSafe,    // shown when a checkpoint that covers them is complete; none comes twice
};

/// Carries the results of `execute_and_collect` from the sink to the thread that iterates over them, through
/// all attempts of the job. Bounded: the sink waits, without blocking its thread, until the reader has caught
/// up; what no checkpoint covers yet doesn't count.
class ResultQueue {
 public:
  ResultQueue(size_t batches, Collecting collecting) : capacity_(batches), collecting_(collecting) {}

  /// Sink: an attempt of the job begins, from this checkpoint or from the beginning. What an earlier one left
  /// unread is dropped, as far as it will come again. In BATCH mode there are no checkpoints.
  void begin(uint32_t attempt, std::optional<int64_t> checkpoint, bool batch_mode);
  /// Reader, while no job runs: the next one goes on from this checkpoint, or from the beginning. What that
  /// does not cover is dropped.
  void recover(std::optional<int64_t> checkpoint);
  /// Sink: false when full; `wake` is then called once there is room again.
  bool try_push(ColumnPtr rows, const std::function<void()>& wake);
  /// Sink: all that was pushed is before this checkpoint.
  void mark(int64_t checkpoint);
  /// Sink: the checkpoint is complete.
  void release(int64_t checkpoint);
  /// Reader: the next batch; null when none has come within so many milliseconds. Throws Error once records
  /// that were read would come again, unless they may.
  ColumnPtr pop(int64_t millis);

 private:
  struct Mark {
    int64_t checkpoint;
    size_t batches;  // of those held
  };
  void release_held(int64_t checkpoint);

  const size_t capacity_;
  Collecting collecting_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<ColumnPtr> batches_;
  std::deque<ColumnPtr> held_;  // until a checkpoint covers them
  std::deque<Mark> marks_;
  std::optional<int64_t> released_;  // the last checkpoint
  std::vector<std::function<void()>> waiting_;
  bool read_from_ = false;
  bool repeats_ = false;
};

std::shared_ptr<const OperatorFactory> make_collect_sink(std::shared_ptr<ResultQueue> queue);

}  // namespace pf::python
