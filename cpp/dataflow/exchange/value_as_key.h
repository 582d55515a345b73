#pragma once

#include <memory>

#include "dataflow/exchange/partitioner.h"

namespace pf {

/// Keys each record by itself. Native: costs a pointer a batch.
std::shared_ptr<const KeyExtractorFactory> make_value_as_key();

}  // namespace pf
