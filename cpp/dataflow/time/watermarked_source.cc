#include "dataflow/time/watermarked_source.h"

#include <limits>
#include <map>
#include <optional>

#include "control/time/split_watermarks.h"
#include "dataflow/time/batch_stamper.h"
#include "dataflow/time/source_pacer.h"

namespace pf {
namespace {

/// Stands for all the splits of a source that does not tell them apart.
constexpr uint64_t kWholeSource = std::numeric_limits<uint64_t>::max();

class WatermarkedSource final : public Source {
 public:
  WatermarkedSource(std::unique_ptr<Source> source, std::shared_ptr<const WatermarkStrategy> strategy)
      : source_(std::move(source)), strategy_(std::move(strategy)) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    event_time_ = strategy_->open(context);
    stamper_.emplace(event_time_->assigner(), context);
    source_->open(context);
    // So that a source that is silent from the start can be found idle.
    if (!source_->split()) generator_of(kWholeSource);
    if (context.batch_mode) return;
    request_tick();
    if (strategy_->alignment()) pacer_.emplace(*strategy_->alignment(), context);
  }

  Poll poll(Outbox& out) override {
    if (pacer_ && pacer_->is_paused(emitter_)) return Poll::kWait;
    if (context_->clock->monotonic_nanos() >= tick_at_) {
      emit_periodically(out);
      request_tick();
      if (!out.has_room()) return Poll::kMore;
    }
    if (polled_.items().empty()) answer_ = source_->poll(polled_);
    if (!polled_.items().empty()) hand_on(out);
    if (!polled_.items().empty()) return Poll::kMore;
    for (uint64_t split : source_->take_ended_splits()) {
      generators_.erase(split);
      watermarks_.remove(split);
    }
    if (answer_ == Poll::kEnd) emit_periodically(out);
    return answer_;
  }

  /// What the source emits before a snapshot gets its timestamps and watermarks, too.
  Step prepare_snapshot(Outbox& out) override {
    if (polled_.items().empty() && !prepared_) {
      Step answer = source_->prepare_snapshot(polled_);
      if (polled_.items().empty()) return answer;
      prepared_ = answer == Step::kDone;
    }
    if (polled_.items().empty()) {
      prepared_ = false;
      return Step::kDone;
    }
    hand_on(out);
    return Step::kAgain;
  }
  /// Watermarks begin anew, as in Flink.
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    return source_->snapshot_state(context);
  }
  void notify_checkpoint_complete(int64_t checkpoint_id) override {
    source_->notify_checkpoint_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override {
    source_->notify_checkpoint_aborted(checkpoint_id);
  }

  void close() override {
    pacer_.reset();
    generators_.clear();
    event_time_.reset();
    source_->close();
  }

  bool needs_lane() const override { return source_->needs_lane() || strategy_->needs_lane(); }

 private:
  /// The next piece of what was polled first.
  void hand_on(Outbox& out) {
    auto& items = polled_.items();
    if (auto* batch = std::get_if<Batch>(&items.front().element)) {
      uint64_t split = source_->split().value_or(kWholeSource);
      out.emit(stamper_->next(*batch, generator_of(split), watermarks_.output_of(split), emitter_));
      emit_pending(out);
      if (!stamper_->done()) return;
    } else {
      out.emit_to_all(std::move(items.front().element));
    }
    items.erase(items.begin());
  }

  void emit_periodically(Outbox& out) {
    int64_t now = context_->clock->monotonic_nanos();
    if (pacer_) now -= pacer_->paused_nanos();
    watermarks_.begin_round();
    for (auto& [split, generator] : generators_) {
      generator->on_periodic_emit(now, watermarks_.output_of(split));
    }
    watermarks_.end_round();
    emit_pending(out);
  }

  void emit_pending(Outbox& out) {
    for (StreamElement& element : emitter_.pending()) out.emit_to_all(std::move(element));
    emitter_.pending().clear();
  }

  WatermarkGenerator& generator_of(uint64_t split) {
    auto& generator = generators_[split];
    if (!generator) {
      generator = context_->batch_mode ? make_no_watermarks() : event_time_->create_generator();
      watermarks_.output_of(split);
    }
    return *generator;
  }

  void request_tick() {
    int64_t nanos = strategy_->interval_millis() * 1'000'000;
    if (nanos == 0) return;
    tick_at_ = context_->clock->monotonic_nanos() + nanos;
    context_->wake_after(nanos);
  }

  std::unique_ptr<Source> source_;
  std::shared_ptr<const WatermarkStrategy> strategy_;
  std::unique_ptr<EventTime> event_time_;
  std::optional<BatchStamper> stamper_;
  std::optional<SourcePacer> pacer_;
  WatermarkEmitter emitter_;
  SplitWatermarks watermarks_{emitter_};
  std::map<uint64_t, std::unique_ptr<WatermarkGenerator>> generators_;
  Outbox polled_;          // and not yet handed on
  bool prepared_ = false;  // for a snapshot, once what was polled has been handed on
  Poll answer_ = Poll::kMore;
  int64_t tick_at_ = std::numeric_limits<int64_t>::max();  // monotonic nanoseconds
};

class WatermarkedSourceFactory final : public SourceFactory {
 public:
  WatermarkedSourceFactory(std::shared_ptr<const SourceFactory> source,
                           std::shared_ptr<const WatermarkStrategy> strategy)
      : source_(std::move(source)), strategy_(std::move(strategy)) {}
  std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const override {
    return std::make_unique<WatermarkedSource>(source_->create(subtask, parallelism), strategy_);
  }

 private:
  std::shared_ptr<const SourceFactory> source_;
  std::shared_ptr<const WatermarkStrategy> strategy_;
};

}  // namespace

std::shared_ptr<const SourceFactory> make_watermarked_source(
    std::shared_ptr<const SourceFactory> source, std::shared_ptr<const WatermarkStrategy> strategy) {
  return std::make_shared<WatermarkedSourceFactory>(std::move(source), std::move(strategy));
}

}  // namespace pf
