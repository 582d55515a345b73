#pragma once

#include "dataflow/exchange/partitioner.h"

namespace pf {

/// The same key for every record, so that keyed operators can serve a stream without keys.
std::shared_ptr<const KeyExtractorFactory> make_constant_key();

}  // namespace pf
