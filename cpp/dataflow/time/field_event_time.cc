#include "dataflow/time/field_event_time.h"

#include <algorithm>

#include "dataflow/operator/operator_failure.h"
#include "model/nested_column.h"

namespace pf {
namespace {

class FieldEventTime final : public EventTime, private TimestampAssigner {
 public:
  FieldEventTime(const OperatorContext& context, size_t field, GeneratorSettings generator)
      : context_(context), field_(field), generator_(generator) {}

  TimestampAssigner* assigner() override { return this; }
  std::unique_ptr<WatermarkGenerator> create_generator() override { return generator_.create(); }

 private:
  size_t assign(const Batch& batch, size_t begin, size_t end, std::span<int64_t> timestamps) override {
    const auto& records = dynamic_cast<const StructColumn&>(*batch.values);
    const auto& times = dynamic_cast<const FixedColumn<int64_t>&>(*records.fields().at(field_));
    for (size_t row = begin; row < end; ++row) {
      if (!records.validity()[row] || !times.validity()[row]) {
        throw OperatorFailure(context_,
                              "a record has None in field " + std::to_string(field_) +
                                  ", which the timestamp assigner reads; a time is an int, in milliseconds "
                                  "since 1970-01-01T00:00:00Z",
                              batch, static_cast<uint32_t>(row));
      }
    }
    auto from = times.values().begin();
    std::copy(from + begin, from + end, timestamps.begin() + static_cast<std::ptrdiff_t>(begin));
    return end;
  }

  const OperatorContext& context_;
  const size_t field_;
  const GeneratorSettings generator_;
};

class FieldStrategy final : public WatermarkStrategy {
 public:
  FieldStrategy(size_t field, GeneratorSettings generator, int64_t interval_millis,
                std::optional<WatermarkAlignment> alignment)
      : WatermarkStrategy(interval_millis, std::move(alignment)), field_(field), generator_(generator) {}
  std::unique_ptr<EventTime> open(OperatorContext& context) const override {
    return std::make_unique<FieldEventTime>(context, field_, generator_);
  }

 private:
  const size_t field_;
  const GeneratorSettings generator_;
};

}  // namespace

std::shared_ptr<const WatermarkStrategy> make_field_event_time(size_t field, GeneratorSettings generator,
                                                               int64_t interval_millis,
                                                               std::optional<WatermarkAlignment> alignment) {
  return std::make_shared<FieldStrategy>(field, generator, interval_millis, std::move(alignment));
}

}  // namespace pf
