#include "dataflow/time/timestamps_and_watermarks.h"

#include <optional>

#include "dataflow/time/batch_stamper.h"

namespace pf {
namespace {

class TimestampsAndWatermarks final : public Operator {
 public:
  explicit TimestampsAndWatermarks(std::shared_ptr<const WatermarkStrategy> strategy)
      : strategy_(std::move(strategy)) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    event_time_ = strategy_->open(context);
    generator_ = context.batch_mode ? make_no_watermarks() : event_time_->create_generator();
    stamper_.emplace(event_time_->assigner(), context);
    if (!context.batch_mode) request_tick();
  }

  Step process_batch(int, Batch& batch, Outbox& out) override {
    Batch piece = stamper_->next(batch, *generator_, emitter_, emitter_);
    if (piece.size() > 0) out.emit(std::move(piece));
    emit_pending(out);
    return stamper_->done() ? Step::kDone : Step::kAgain;
  }

  Step process_watermark(Watermark watermark, Outbox& out) override {
    if (watermark.timestamp == kMaxTimestamp) emitter_.emit_watermark(kMaxTimestamp);
    emit_pending(out);
    return Step::kDone;
  }

  Step process_status(WatermarkStatus, Outbox&) override { return Step::kDone; }

  Step take_turn(Outbox& out) override {
    generator_->on_periodic_emit(context_->clock->monotonic_nanos(), emitter_);
    emit_pending(out);
    request_tick();
    return Step::kDone;
  }

  Step end_input(int, Outbox& out) override {
    generator_->on_periodic_emit(context_->clock->monotonic_nanos(), emitter_);
    emit_pending(out);
    return Step::kDone;
  }

  void close() override {
    generator_.reset();
    event_time_.reset();
  }

  bool needs_lane() const override { return strategy_->needs_lane(); }

 private:
  void request_tick() {
    int64_t interval = strategy_->interval_millis();
    if (interval > 0) context_->request_turn_at(context_->clock->epoch_millis() + interval);
  }
  void emit_pending(Outbox& out) {
    for (StreamElement& element : emitter_.pending()) out.emit_to_all(std::move(element));
    emitter_.pending().clear();
  }

  std::shared_ptr<const WatermarkStrategy> strategy_;
  std::unique_ptr<EventTime> event_time_;
  std::unique_ptr<WatermarkGenerator> generator_;
  std::optional<BatchStamper> stamper_;
  WatermarkEmitter emitter_;
};

class TimestampsAndWatermarksFactory final : public OperatorFactory {
 public:
  explicit TimestampsAndWatermarksFactory(std::shared_ptr<const WatermarkStrategy> strategy)
      : strategy_(std::move(strategy)) {}
  std::unique_ptr<Operator> create() const override {
    return std::make_unique<TimestampsAndWatermarks>(strategy_);
  }

 private:
  std::shared_ptr<const WatermarkStrategy> strategy_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_timestamps_and_watermarks(
    std::shared_ptr<const WatermarkStrategy> strategy) {
  return std::make_shared<TimestampsAndWatermarksFactory>(std::move(strategy));
}

}  // namespace pf
