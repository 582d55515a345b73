#include "control/time/split_watermarks.h"

namespace pf {

class SplitWatermarks::SplitOutput final : public WatermarkOutput {
 public:
  SplitOutput(SplitWatermarks& all, SplitId split) : all_(all), split_(split) {}

  void emit_watermark(int64_t timestamp) override {
    all_.watermark_.set_watermark(split_, timestamp);
    all_.combine();
  }
  void mark_idle() override { set_idle(true); }
  void mark_active() override { set_idle(false); }

 private:
  void set_idle(bool idle) {
    all_.watermark_.set_idle(split_, idle);
    all_.combine();
  }

  SplitWatermarks& all_;
  const SplitId split_;
};

WatermarkOutput& SplitWatermarks::output_of(SplitId split) {
  auto& output = outputs_[split];
  if (!output) {
    output = std::make_unique<SplitOutput>(*this, split);
    watermark_.add(split);
  }
  return *output;
}

void SplitWatermarks::remove(SplitId split) {
  watermark_.remove(split);
  outputs_.erase(split);
}

void SplitWatermarks::end_round() {
  in_round_ = false;
  combine();
}

void SplitWatermarks::combine() {
  if (in_round_) return;
  if (auto risen = watermark_.update()) {
    out_.emit_watermark(risen->timestamp);
  } else if (watermark_.idle()) {
    out_.mark_idle();
  }
}

}  // namespace pf
