#pragma once

#include <cstddef>
#include <vector>

#include "control/time/combined_watermark.h"
#include "control/time/watermark_valve.h"

namespace pf {

/// Merges the watermarks of a task's channels into that of its head operator: a valve for each input and,
/// where there are several inputs, their minimum. A calculator: no thread, no clock.
class InputWatermarks {
 public:
  /// `input_of_channel[i]` is the input that channel i feeds; inputs count from 0.
  explicit InputWatermarks(std::vector<size_t> input_of_channel);

  WatermarkChange on_watermark(size_t channel, Watermark watermark);
  WatermarkChange on_status(size_t channel, WatermarkStatus status);
  WatermarkChange on_end(size_t channel);

  /// Where there are several inputs: how far that one is; Long.MIN before its first watermark.
  int64_t watermark_of(size_t input) const { return combined_.watermark_of(input); }

 private:
  struct Place {
    size_t input;
    size_t index;  // among the channels of that input
  };
  /// What a change of one input means for all of them.
  WatermarkChange combine(size_t input, const WatermarkChange& change);

  std::vector<Place> places_;  // for each channel
  std::vector<WatermarkValve> valves_;
  std::vector<size_t> channels_open_;  // for each input
  size_t inputs_open_;
  CombinedWatermark combined_;
};

}  // namespace pf
