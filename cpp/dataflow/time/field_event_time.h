#pragma once

#include <cstddef>

#include "dataflow/time/watermark_strategy.h"

namespace pf {

/// The time of a row is a field of it, a LONG of tuples or rows in columns; watermarks need no user code.
/// A row whose field is missing throws Error.
std::shared_ptr<const WatermarkStrategy> make_field_event_time(size_t field, GeneratorSettings generator,
                                                               int64_t interval_millis,
                                                               std::optional<WatermarkAlignment> alignment);

}  // namespace pf
