#pragma once

#include <string>
#include <vector>

namespace pf {

class StreamGraph;

/// What the state of each node goes by, in every run of the program; of node i at place i - 1. It is the uid
/// hash or the uid that the user gave. Else it is made of the node's place in the program, how many streams
/// leave it, the ids of all that feeds it, and whether that comes by key: after Flink's StreamGraphHasherV2.
/// A program that was changed before a node has another id for it, and its state is then missed rather than
/// given to another operator. Names and parallelisms may change.
std::vector<std::string> operator_ids(const StreamGraph& graph);

}  // namespace pf
