#pragma once

#include <vector>

#include "control/time/watermark_generator.h"
#include "dataflow/operator/buffer_timeout.h"
#include "dataflow/time/watermark_strategy.h"

namespace pf {

/// Gives the rows of one batch after another their timestamps and shows them to a generator. A batch is
/// handed on in pieces, each of which ends where the generator has emitted something: so that its
/// watermark comes right after the row that caused it; or where rows have taken long. Lives on the task's
/// thread.
class BatchStamper {
 public:
  /// `assigner` may be null.
  BatchStamper(TimestampAssigner* assigner, const OperatorContext& context)
      : assigner_(assigner), timeout_(*context.clock, context.buffer_timeout_nanos) {}

  /// The next piece of the batch; what follows it is then pending in `emitter`, which the generator
  /// writes to by way of `out`.
  Batch next(Batch& batch, WatermarkGenerator& generator, WatermarkOutput& out, WatermarkEmitter& emitter);
  /// Whether the batch is used up.
  bool done() const { return row_ == 0; }

 private:
  TimestampAssigner* assigner_;
  BufferTimeout timeout_;
  std::vector<int64_t> timestamps_;  // of the batch at work
  size_t row_ = 0;                   // the first that has not been handed on
};

}  // namespace pf
