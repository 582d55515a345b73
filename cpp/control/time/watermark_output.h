#pragma once

#include <cstdint>
#include <vector>

#include "model/stream_element.h"

namespace pf {

/// Where a generator puts its watermarks.
class WatermarkOutput {
 public:
  virtual ~WatermarkOutput() = default;
  /// States that no row at or before the time, in milliseconds, is to come. Ends idleness.
  virtual void emit_watermark(int64_t timestamp) = 0;
  /// Lets what comes after go on without this input, until it has a watermark again.
  virtual void mark_idle() = 0;
  virtual void mark_active() = 0;
};

/// Lets through what is new: watermarks that rise, statuses that change. What is pending its owner emits.
class WatermarkEmitter final : public WatermarkOutput {
 public:
  void emit_watermark(int64_t timestamp) override {
    if (timestamp <= current_) return;
    current_ = timestamp;
    mark_active();
    pending_.emplace_back(Watermark{timestamp});
  }
  void mark_idle() override { set_idle(true); }
  void mark_active() override { set_idle(false); }

  std::vector<StreamElement>& pending() { return pending_; }
  /// The last watermark; `kMinTimestamp` before the first.
  int64_t current() const { return current_; }
  bool idle() const { return idle_; }

 private:
  void set_idle(bool idle) {
    if (idle_ == idle) return;
    idle_ = idle;
    pending_.emplace_back(WatermarkStatus{idle});
  }

  int64_t current_ = kMinTimestamp;
  bool idle_ = false;
  std::vector<StreamElement> pending_;
};

}  // namespace pf
