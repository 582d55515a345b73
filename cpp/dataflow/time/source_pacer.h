#pragma once

#include <memory>
#include <optional>

#include "dataflow/operator/operator.h"
#include "dataflow/time/alignment_group.h"
#include "dataflow/time/watermark_strategy.h"

namespace pf {

/// Pauses one subtask of a source while its watermark is too far ahead of the slowest of its group, as
/// seen once in each update interval. Lives on the task's thread.
class SourcePacer {
 public:
  SourcePacer(const WatermarkAlignment& alignment, OperatorContext& context);
  ~SourcePacer() { group_->report(this, std::nullopt); }

  /// Before each poll, with what the source has emitted so far. While true the source is not to be polled;
  /// the task is woken when the group is looked at again.
  bool is_paused(const WatermarkEmitter& emitted);
  /// How long it has been paused altogether: time that says nothing about the silence of the source.
  int64_t paused_nanos() const { return paused_nanos_; }

 private:
  const WatermarkAlignment alignment_;
  OperatorContext& context_;
  std::shared_ptr<AlignmentGroup> group_;
  int64_t look_at_;  // monotonic nanoseconds
  int64_t allowed_ = kMaxTimestamp;
  std::optional<int64_t> paused_since_;
  int64_t paused_nanos_ = 0;
};

}  // namespace pf
