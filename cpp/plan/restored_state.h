#pragma once

#include <memory>

#include "plan/stream_graph.h"

namespace pf {

/// Lets the program go on from a checkpoint or savepoint. Operators that don't say into how many key groups
/// their keys fall have as many as they had. Throws Error where it has state of an operator that the program
/// lacks, unless that may be left behind, where an operator that had ended would get input
/// (`refuse_input_of_ended`), where an operator's keys or key groups are others now, and where its
/// parallelism exceeds them.
void go_on_from(StreamGraph& graph, std::shared_ptr<const Checkpoint> checkpoint, bool ignore_unclaimed);

}  // namespace pf
