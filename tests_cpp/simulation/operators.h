#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator_factory.h"
#include "dataflow/source/source_factory.h"
#include "simulation/world.h"

namespace pf::testing {

/// Numbered records of some partitions, each in order and with a time; waits now and then, and reads ahead
/// of what it emits. The number of a record is `partition * World::kRecordsApart + place`.
std::shared_ptr<const SourceFactory> numbered_source(World& world, std::vector<int64_t> partitions);
/// The event time of a record.
int64_t time_of(int64_t record);

/// By number modulo `keys`.
std::shared_ptr<const KeyExtractorFactory> key_of_number(int64_t keys);

// Each keeps a ledger of the records that it has seen, and objects to watermarks that fall and to records
// behind the watermark.

/// Passes records on. One input or two.
std::shared_ptr<const OperatorFactory> relay(World& world);
/// For each record "key #how many so far", and at the end, if asked, "total key = how many".
std::shared_ptr<const OperatorFactory> keyed_counting(World& world, bool totals);
/// For each record, after some processing time or at the end, "after number"; for each key and time to which
/// one of its records belongs, once the watermark is there, "timer key time".
std::shared_ptr<const OperatorFactory> keyed_timing(World& world);
int64_t timer_of(int64_t record);
/// Input 0: passes on each record as text. Input 1: broadcast state counts each number, and is emitted as
/// "control number = how many times" at the end.
std::shared_ptr<const OperatorFactory> broadcasting(World& world);

/// Commits texts in two phases.
std::shared_ptr<const OperatorFactory> two_phase_sink(World& world);

}  // namespace pf::testing
