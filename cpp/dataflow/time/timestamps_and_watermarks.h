#pragma once

#include <memory>

#include "dataflow/operator/operator_factory.h"
#include "dataflow/time/watermark_strategy.h"

namespace pf {

/// Event time from here on: rows get the timestamps, and the stream the watermarks, of the strategy.
/// Watermarks from before are dropped, but for the last. In BATCH mode there is only the last. As Flink's
/// TimestampsAndWatermarksOperator it keeps no state: after a restart watermarks start anew.
std::shared_ptr<const OperatorFactory> make_timestamps_and_watermarks(
    std::shared_ptr<const WatermarkStrategy> strategy);

}  // namespace pf
