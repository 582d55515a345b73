#include "control/time/input_watermarks.h"

#include <utility>

namespace pf {

InputWatermarks::InputWatermarks(std::vector<size_t> input_of_channel) {
  for (size_t input : input_of_channel) {
    if (input >= channels_open_.size()) channels_open_.resize(input + 1);
    places_.push_back({input, channels_open_[input]++});
  }
  for (size_t input = 0; input < channels_open_.size(); ++input) {
    valves_.emplace_back(channels_open_[input]);
    combined_.add(input);
  }
  inputs_open_ = channels_open_.size();
}

WatermarkChange InputWatermarks::on_watermark(size_t channel, Watermark watermark) {
  auto [input, index] = places_[channel];
  return combine(input, {valves_[input].on_watermark(index, watermark), std::nullopt});
}

WatermarkChange InputWatermarks::on_status(size_t channel, WatermarkStatus status) {
  auto [input, index] = places_[channel];
  return combine(input, valves_[input].on_status(index, status));
}

WatermarkChange InputWatermarks::on_end(size_t channel) {
  auto [input, index] = places_[channel];
  WatermarkChange change = valves_[input].on_end(index);
  if (--channels_open_[input] == 0) {
    --inputs_open_;
    change.status = WatermarkStatus{true};  // the others go on without it
  }
  change = combine(input, change);
  if (inputs_open_ == 0) change.status.reset();
  return change;
}

WatermarkChange InputWatermarks::combine(size_t input, const WatermarkChange& change) {
  if (valves_.size() == 1) return change;
  if (!change.watermark && !change.status) return {};
  bool was_idle = combined_.idle();
  if (change.watermark) combined_.set_watermark(input, change.watermark->timestamp);
  if (change.status) combined_.set_idle(input, change.status->idle);
  WatermarkChange merged;
  merged.watermark = combined_.update();
  if (was_idle != combined_.idle()) merged.status = WatermarkStatus{combined_.idle()};
  return merged;
}

}  // namespace pf
