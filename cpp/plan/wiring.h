#pragma once

#include <cstdint>

#include "dataflow/exchange/partitioner.h"

namespace pf {

/// Whether a channel leads from this subtask of an edge's source to that one of its target. Pointwise as in
/// Flink: each subtask of the wider side has exactly one neighbour on the other.
constexpr bool are_wired(ShipStrategy strategy, uint64_t sender, uint64_t senders, uint64_t receiver,
                         uint64_t receivers) {
  if (!is_pointwise(strategy)) return true;
  const uint64_t first = receiver * senders / receivers;
  if (senders < receivers) return sender == first;
  return first <= sender && sender < (receiver + 1) * senders / receivers;
}

}  // namespace pf
