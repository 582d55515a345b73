#pragma once

#include "dataflow/aggregate/aggregation.h"
#include "dataflow/operator/operator_failure.h"

namespace pf {

/// Ends the job for a value of `batch` that can't be aggregated; null where groups were merged.
[[noreturn]] inline void fail(const OperatorContext& context, const AggregateError& error,
                              const Batch* batch) {
  auto kind = error.is_overflow() ? OperatorFailure::Kind::kOverflow : OperatorFailure::Kind::kValue;
  if (batch && error.row()) throw OperatorFailure(context, error.what(), *batch, *error.row(), kind);
  throw OperatorFailure(context, error.what(), nullptr, kind);
}

}  // namespace pf
