#pragma once

#include <memory>
#include <vector>

#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// Wraps an operator behind `key_by` for BATCH mode: what its keyed inputs bring is kept until all inputs
/// have ended, and then handed over key by key, within a key by timestamp, within that by input and arrival.
/// Keys come in the order of their bytes. Watermarks are held back until all rows have been handed over. An
/// input that is not keyed goes through as it comes, hence before the others. Everything is kept in memory.
/// `keys[i]` is how input i is keyed; null where it is not.
std::unique_ptr<Operator> make_sorted_input(std::unique_ptr<Operator> op,
                                            std::vector<std::shared_ptr<const KeyExtractorFactory>> keys);

}  // namespace pf
