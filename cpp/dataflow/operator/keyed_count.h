#pragma once

#include <memory>

#include "dataflow/operator/operator_factory.h"

namespace pf {

/// Rolling count of a stream keyed by STRING: for each record TUPLE[STRING, LONG], the key and how
/// many records it has had so far; in BATCH mode one tuple a key, at the end of input.
/// State: one count for each key.
std::shared_ptr<const OperatorFactory> make_keyed_count();

}  // namespace pf
