#pragma once

#include <memory>

#include "dataflow/source/source_factory.h"

namespace pf {

/// The whole numbers from `first` to `last`, both included, as LONG. Each subtask produces one
/// contiguous share, in order. A checkpoint keeps what is left of the shares.
std::shared_ptr<const SourceFactory> make_sequence_source(int64_t first, int64_t last);

}  // namespace pf
