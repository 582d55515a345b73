#include "control/time/watermark_generator.h"

#include <algorithm>
#include <optional>

namespace pf {
namespace {

class NoWatermarks final : public WatermarkGenerator {
 public:
  void on_events(const Batch&, size_t, size_t, std::span<const int64_t>, WatermarkOutput&) override {}
  void on_periodic_emit(int64_t, WatermarkOutput&) override {}
};

class BoundedOutOfOrderness final : public WatermarkGenerator {
 public:
  // So that the first watermark is not below the least time there is.
  explicit BoundedOutOfOrderness(int64_t bound) : bound_(bound), greatest_(kMinTimestamp + bound + 1) {}

  void on_events(const Batch&, size_t begin, size_t end, std::span<const int64_t> timestamps,
                 WatermarkOutput&) override {
    for (size_t row = begin; row < end; ++row) greatest_ = std::max(greatest_, timestamps[row]);
  }
  void on_periodic_emit(int64_t, WatermarkOutput& out) override {
    out.emit_watermark(greatest_ - bound_ - 1);
  }

 private:
  const int64_t bound_;
  int64_t greatest_;
};

class WithIdleness final : public WatermarkGenerator {
 public:
  WithIdleness(std::unique_ptr<WatermarkGenerator> watermarks, int64_t timeout_nanos)
      : watermarks_(std::move(watermarks)), timeout_(timeout_nanos) {}

  void on_events(const Batch& batch, size_t begin, size_t end, std::span<const int64_t> timestamps,
                 WatermarkOutput& out) override {
    watermarks_->on_events(batch, begin, end, timestamps, out);
    active_ = true;
    idle_ = false;
  }

  void on_periodic_emit(int64_t now, WatermarkOutput& out) override {
    if (!timed_out(now)) {
      watermarks_->on_periodic_emit(now, out);
    } else if (!idle_) {
      idle_ = true;
      out.mark_idle();
    }
  }

  bool row_by_row() const override { return watermarks_->row_by_row(); }

 private:
  bool timed_out(int64_t now) {
    if (active_) {
      active_ = false;
      silent_since_.reset();
      return false;
    }
    if (!silent_since_) {
      silent_since_ = now;
      return false;
    }
    return now - *silent_since_ > timeout_;
  }

  std::unique_ptr<WatermarkGenerator> watermarks_;
  const int64_t timeout_;
  std::optional<int64_t> silent_since_;
  bool active_ = false;  // a row has come since the last periodic call
  bool idle_ = false;
};

}  // namespace

std::unique_ptr<WatermarkGenerator> make_no_watermarks() { return std::make_unique<NoWatermarks>(); }

std::unique_ptr<WatermarkGenerator> make_bounded_out_of_orderness(int64_t bound_millis) {
  return std::make_unique<BoundedOutOfOrderness>(bound_millis);
}

std::unique_ptr<WatermarkGenerator> make_with_idleness(std::unique_ptr<WatermarkGenerator> watermarks,
                                                       int64_t timeout_nanos) {
  return std::make_unique<WithIdleness>(std::move(watermarks), timeout_nanos);
}

}  // namespace pf
