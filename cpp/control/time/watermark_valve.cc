#include "control/time/watermark_valve.h"

#include <algorithm>
#include <utility>

#include "base/fault_point.h"

namespace pf {

std::optional<Watermark> WatermarkValve::on_watermark(size_t channel, Watermark watermark) {
  State& state = channels_[channel];
  if (state.idle || watermark.timestamp <= state.watermark) return std::nullopt;
  state.watermark = watermark.timestamp;
  if (!state.aligned && state.watermark >= emitted_) state.aligned = true;
  return PFPP_MUTANT("fastest_watermark") ? rise_to(watermark.timestamp) : rise_to_minimum();
}

WatermarkChange WatermarkValve::on_status(size_t channel, WatermarkStatus status) {
  State& state = channels_[channel];
  if (state.idle == status.idle) return {};
  state.idle = status.idle;
  if (status.idle) return leave(channel);
  state.aligned = state.watermark >= emitted_;
  if (!idle_) return {};
  idle_ = false;
  return {std::nullopt, WatermarkStatus{false}};
}

WatermarkChange WatermarkValve::on_end(size_t channel) {
  State& state = channels_[channel];
  if (state.ended) return {};
  state.ended = true;
  bool was_idle = std::exchange(state.idle, true);
  return was_idle ? WatermarkChange{} : leave(channel);
}

WatermarkChange WatermarkValve::leave(size_t channel) {
  State& state = channels_[channel];
  state.aligned = false;
  bool all_idle = std::all_of(channels_.begin(), channels_.end(), [](const State& s) { return s.idle; });
  if (!all_idle) return {state.watermark == emitted_ ? rise_to_minimum() : std::nullopt, std::nullopt};
  // The last one fell idle: let the time of all through, so that it depends on no order.
  int64_t highest = kMinTimestamp;
  for (const State& s : channels_) highest = std::max(highest, s.watermark);
  std::optional<Watermark> flushed = rise_to(highest);
  idle_ = true;
  bool all_ended = std::all_of(channels_.begin(), channels_.end(), [](const State& s) { return s.ended; });
  return {flushed, all_ended ? std::nullopt : std::optional(WatermarkStatus{true})};
}

std::optional<Watermark> WatermarkValve::rise_to_minimum() {
  int64_t minimum = kMaxTimestamp;
  bool any = false;
  for (const State& s : channels_) {
    if (!s.aligned) continue;
    any = true;
    minimum = std::min(minimum, s.watermark);
  }
  return any ? rise_to(minimum) : std::nullopt;
}

std::optional<Watermark> WatermarkValve::rise_to(int64_t timestamp) {
  if (timestamp <= emitted_) return std::nullopt;
  emitted_ = timestamp;
  return Watermark{timestamp};
}

}  // namespace pf
