#pragma once

#include <cstdint>
#include <vector>

#include "dataflow/aggregate/aggregate_state.h"

namespace pf {

/// The aggregates of one sliding window after the other, from those of their slices: each group of a slice is
/// merged a fixed number of times, however many windows it belongs to. The windows' slices are in two halves.
/// Of the earlier half, all are merged, from the last to the first, and each step can be undone when its
/// slice goes; of the later half, all that have come are. When the earlier half is used up, the other becomes
/// it. Lives on the task's thread. A checkpoint keeps nothing of it: it comes anew from the slices.
class SlidingMerge {
 public:
  /// The aggregation must outlive it.
  explicit SlidingMerge(const Aggregation& aggregation);

  /// What the slices between two times give together. Valid until the next call of anything.
  const AggregateTable& window(int64_t begin, int64_t end, AggregateState::Tables& slices);
  /// To be called for rows that have been added to a slice.
  void add(int64_t slice, const HashedKeys& keys, const GroupedRows& rows);
  void reset();

 private:
  /// What became of the earlier half's groups when a slice was merged.
  struct Step {
    Step(int64_t begin, const Aggregation& aggregation) : slice(begin), before(aggregation) {}
    int64_t slice;
    std::vector<uint32_t> groups;
    std::vector<bool> were_there;
    std::vector<int64_t> shown_until;
    AggregateColumns before;  // of each of the groups
  };

  void turn_over(int64_t begin, int64_t end, AggregateState::Tables& slices);
  void merge_into_earlier(int64_t slice, const AggregateTable& groups);
  void undo(const Step& step);

  const Aggregation& aggregation_;
  bool used_ = false;
  int64_t begin_ = 0;
  int64_t middle_ = 0;  // where the later half begins
  int64_t end_ = 0;
  AggregateTable earlier_;
  std::vector<bool> there_;  // which groups of it are
  std::vector<Step> steps_;  // that of the first slice last
  AggregateTable later_;
  AggregateTable both_;
};

}  // namespace pf
