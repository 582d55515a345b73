#pragma once

#include <memory>

#include "dataflow/source/source_factory.h"
#include "dataflow/time/watermark_strategy.h"

namespace pf {

/// A source whose rows get the timestamps, and which has the watermarks, of the strategy: one generator
/// for each split, as Flink's SourceOperator has. Watermarks that the source itself emits pass through. A
/// source of an aligned strategy pauses when it is too far ahead of the others of its group.
std::shared_ptr<const SourceFactory> make_watermarked_source(
    std::shared_ptr<const SourceFactory> source, std::shared_ptr<const WatermarkStrategy> strategy);

}  // namespace pf
