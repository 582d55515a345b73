#include "dataflow/time/watermark_strategy.h"

#include <algorithm>

namespace pf {
namespace {

class KeptTimestamps final : public EventTime {
 public:
  explicit KeptTimestamps(GeneratorSettings generator) : generator_(generator) {}
  TimestampAssigner* assigner() override { return nullptr; }
  std::unique_ptr<WatermarkGenerator> create_generator() override { return generator_.create(); }

 private:
  const GeneratorSettings generator_;
};

class NativeStrategy final : public WatermarkStrategy {
 public:
  NativeStrategy(GeneratorSettings generator, int64_t interval_millis,
                 std::optional<WatermarkAlignment> alignment)
      : WatermarkStrategy(interval_millis, std::move(alignment)), generator_(generator) {}
  std::unique_ptr<EventTime> open(OperatorContext&) const override {
    return std::make_unique<KeptTimestamps>(generator_);
  }

 private:
  const GeneratorSettings generator_;
};

class IngestionTime final : public EventTime, private TimestampAssigner {
 public:
  explicit IngestionTime(const Clock& clock) : clock_(clock) {}

  TimestampAssigner* assigner() override { return this; }
  std::unique_ptr<WatermarkGenerator> create_generator() override {
    return std::make_unique<Generator>(*this);
  }

 private:
  class Generator final : public WatermarkGenerator {
   public:
    explicit Generator(IngestionTime& time) : time_(time) {}
    void on_events(const Batch&, size_t, size_t, std::span<const int64_t>, WatermarkOutput&) override {}
    void on_periodic_emit(int64_t, WatermarkOutput& out) override { out.emit_watermark(time_.now() - 1); }

   private:
    IngestionTime& time_;
  };

  size_t assign(const Batch&, size_t begin, size_t end, std::span<int64_t> timestamps) override {
    std::fill(timestamps.begin() + static_cast<std::ptrdiff_t>(begin),
              timestamps.begin() + static_cast<std::ptrdiff_t>(end), now());
    return end;
  }
  int64_t now() { return latest_ = std::max(latest_, clock_.epoch_millis()); }

  const Clock& clock_;
  int64_t latest_ = kMinTimestamp;
};

class IngestionTimeStrategy final : public WatermarkStrategy {
 public:
  using WatermarkStrategy::WatermarkStrategy;
  std::unique_ptr<EventTime> open(OperatorContext& context) const override {
    return std::make_unique<IngestionTime>(*context.clock);
  }
};

}  // namespace

std::unique_ptr<WatermarkGenerator> GeneratorSettings::create() const {
  auto generator = bound_millis ? make_bounded_out_of_orderness(*bound_millis) : make_no_watermarks();
  if (idle_timeout_nanos == 0) return generator;
  return make_with_idleness(std::move(generator), idle_timeout_nanos);
}

std::shared_ptr<const WatermarkStrategy> make_watermark_strategy(
    GeneratorSettings generator, int64_t interval_millis, std::optional<WatermarkAlignment> alignment) {
  return std::make_shared<NativeStrategy>(generator, interval_millis, std::move(alignment));
}

std::shared_ptr<const WatermarkStrategy> make_ingestion_time(int64_t interval_millis) {
  return std::make_shared<IngestionTimeStrategy>(interval_millis);
}

}  // namespace pf
