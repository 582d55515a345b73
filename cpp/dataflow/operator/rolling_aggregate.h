#pragma once

#include <memory>

#include "dataflow/aggregate/aggregation.h"
#include "dataflow/operator/operator_factory.h"

namespace pf {

/// Rolling aggregation of a keyed stream of columns, without Python: for each record what has become of its
/// key's result. A sum that its type does not hold ends the job. In BATCH mode each key's final result comes
/// out at the end of input, in order of first arrival where state is kept in memory. Lives on the task's
/// thread. What a checkpoint keeps: each key's aggregates. Throws Error where the aggregation is none.
std::shared_ptr<const OperatorFactory> make_rolling_aggregate(Aggregation aggregation);

}  // namespace pf
