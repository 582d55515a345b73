#pragma once

#include <map>
#include <memory>

#include "control/time/combined_watermark.h"
#include "control/time/watermark_output.h"

namespace pf {

/// The watermarks that each split of a source has of its own, combined into the source's. A calculator;
/// Flink's WatermarkOutputMultiplexer. What a split emits while rows are read counts at once; in a
/// periodic round all splits emit before they are combined.
class SplitWatermarks {
 public:
  using SplitId = CombinedWatermark::PartId;

  explicit SplitWatermarks(WatermarkOutput& combined) : out_(combined) {}

  /// Where the generator of a split puts its watermarks; the split counts from the first call on.
  WatermarkOutput& output_of(SplitId split);
  /// An ended split never holds the others back.
  void remove(SplitId split);

  void begin_round() { in_round_ = true; }
  void end_round();

 private:
  class SplitOutput;
  void combine();

  WatermarkOutput& out_;
  CombinedWatermark watermark_;
  std::map<SplitId, std::unique_ptr<WatermarkOutput>> outputs_;
  bool in_round_ = false;
};

}  // namespace pf
