#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataflow/aggregate/aggregation.h"
#include "dataflow/operator/operator_factory.h"

namespace pf {

/// Which windows are aggregated, and what comes out of them.
struct WindowAggregatePlan {
  Aggregation aggregation;
  /// As for `make_time_windows`, in milliseconds.
  int64_t size = 0;
  int64_t slide = 0;
  int64_t offset = 0;
  bool event_time = true;
  /// How long after its end a window still takes records, in milliseconds of event time.
  int64_t allowed_lateness = 0;
  /// The side output for records whose windows are over; they are dropped and counted where it is empty.
  std::string late_output = {};
  /// Whether results are tuples of the key, the window's begin and end, and the values.
  bool with_window = false;
};

/// Aggregates windows of time over columns, without Python: the window operator for windows that fire once
/// when time has passed their end, and again for each late record. Throws Error where the aggregation is
/// none.
std::shared_ptr<const OperatorFactory> make_window_aggregate(WindowAggregatePlan plan);

}  // namespace pf
