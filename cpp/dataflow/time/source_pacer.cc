#include "dataflow/time/source_pacer.h"

namespace pf {

SourcePacer::SourcePacer(const WatermarkAlignment& alignment, OperatorContext& context)
    : alignment_(alignment),
      context_(context),
      group_(AlignmentGroup::of(context.job, alignment.group)),
      look_at_(context.clock->monotonic_nanos()) {}

bool SourcePacer::is_paused(const WatermarkEmitter& emitted) {
  const int64_t now = context_.clock->monotonic_nanos();
  if (paused_since_) {
    paused_nanos_ += now - *paused_since_;
    paused_since_.reset();
  }
  if (now >= look_at_) {
    bool counts = emitted.current() != kMinTimestamp && !emitted.idle();
    group_->report(this, counts ? std::optional(emitted.current()) : std::nullopt);
    const int64_t lowest = group_->lowest();
    const int64_t room = kMaxTimestamp - alignment_.max_drift_millis;
    allowed_ = lowest > room ? kMaxTimestamp : lowest + alignment_.max_drift_millis;
    look_at_ = now + alignment_.interval_millis * 1'000'000;
    context_.wake_after(look_at_ - now);
  }
  if (emitted.idle() || emitted.current() <= allowed_) return false;
  paused_since_ = now;
  return true;
}

}  // namespace pf
