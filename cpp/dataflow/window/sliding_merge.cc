#include "dataflow/window/sliding_merge.h"

namespace pf {

SlidingMerge::SlidingMerge(const Aggregation& aggregation)
    : aggregation_(aggregation), earlier_(aggregation), later_(aggregation), both_(aggregation) {}

void SlidingMerge::reset() {
  used_ = false;
  earlier_.clear();
  there_.clear();
  steps_.clear();
  later_.clear();
}

const AggregateTable& SlidingMerge::window(int64_t begin, int64_t end, AggregateState::Tables& slices) {
  if (!used_ || begin < begin_ || begin >= middle_) {
    turn_over(begin, end, slices);
  } else {
    for (; !steps_.empty() && steps_.back().slice < begin; steps_.pop_back()) undo(steps_.back());
    for (auto slice = slices.lower_bound(end_); slice != slices.end() && slice->first < end; ++slice) {
      later_.merge(slice->second.groups);
    }
    end_ = end;
  }
  begin_ = begin;
  if (steps_.empty()) return later_;
  both_.clear();
  std::vector<uint32_t> groups;
  for (uint32_t group = 0; group < earlier_.size(); ++group) {
    if (there_[group]) groups.push_back(group);
  }
  std::vector<uint32_t> to(groups.size());
  both_.merge(earlier_, groups, to);
  both_.merge(later_);
  return both_;
}

void SlidingMerge::turn_over(int64_t begin, int64_t end, AggregateState::Tables& slices) {
  reset();
  used_ = true;
  middle_ = end_ = end;
  auto first = slices.lower_bound(begin);
  for (auto slice = slices.lower_bound(end); slice != first;) {
    --slice;
    merge_into_earlier(slice->first, slice->second.groups);
  }
}

void SlidingMerge::merge_into_earlier(int64_t slice, const AggregateTable& groups) {
  Step& step = steps_.emplace_back(slice, aggregation_);
  const size_t size = groups.size();
  const std::vector<uint32_t> from = all_below(size);
  ColumnPtr keys = groups.keys(from);
  step.groups.resize(size);
  earlier_.find({*keys, hashes_of(*keys)}, from, step.groups);
  there_.resize(earlier_.size());
  step.before.grow(size);
  for (uint32_t i : from) {
    const uint32_t group = step.groups[i];
    step.before.assign(i, earlier_.aggregates(), group);
    step.were_there.push_back(there_[group]);
    step.shown_until.push_back(earlier_.shown_until(group));
    there_[group] = true;
  }
  earlier_.merge(groups);
  for (size_t i = 0; i < size; ++i) {
    if (!step.were_there[i]) earlier_.set_shown_until(step.groups[i], groups.shown_until(from[i]));
  }
}

void SlidingMerge::undo(const Step& step) {
  for (uint32_t i = 0; i < step.groups.size(); ++i) {
    earlier_.aggregates().assign(step.groups[i], step.before, i);
    earlier_.set_shown_until(step.groups[i], step.shown_until[i]);
    there_[step.groups[i]] = step.were_there[i];
  }
}

void SlidingMerge::add(int64_t slice, const HashedKeys& keys, const GroupedRows& rows) {
  if (!used_ || slice >= end_ || slice < begin_) return;
  // What has been merged step by step takes nothing in between.
  if (slice < middle_) return reset();
  std::vector<uint32_t> groups(rows.rows.size());
  later_.find(keys, rows.rows, groups);
  later_.add({rows.records, rows.rows, groups, rows.first_ordinal});
}

}  // namespace pf
