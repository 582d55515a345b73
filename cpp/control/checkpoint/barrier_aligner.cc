#include "control/checkpoint/barrier_aligner.h"

#include <iterator>

#include "base/fault_point.h"

namespace pf {

AlignerDecision BarrierAligner::on_barrier(size_t channel, const Barrier& barrier) {
  if (barrier.checkpoint < next_) return {};
  AlignerDecision decision;
  if (mode_ == Mode::kExactlyOnce) {
    // A later barrier on a channel that isn't blocked: the pending checkpoint's was given up upstream.
    give_up_before(barrier.checkpoint, decision);
    if (!decision.given_up.empty()) unblock_all();
    if (!pending_.empty() && pending_.begin()->first > barrier.checkpoint) return decision;
  }
  // What has been taken in on this channel is behind the one that was announced.
  if (announced_ && announced_->checkpoint < barrier.checkpoint) announced_ = barrier;
  if (aborted_.contains(barrier.checkpoint)) return decision;
  channels_[channel].blocked = mode_ == Mode::kExactlyOnce;
  auto [at, is_new] = pending_.try_emplace(barrier.checkpoint);
  if (is_new) at->second = {barrier, std::vector<bool>(channels_.size())};
  if (is_new && at != pending_.begin() && PFPP_MUTANT("earlier_barriers_counted")) {
    at->second.arrived = std::prev(at)->second.arrived;
  }
  at->second.arrived[channel] = true;
  look_for_cuts(decision);
  return decision;
}

AlignerDecision BarrierAligner::on_announced(const Barrier& barrier, int64_t epoch_millis) {
  if (barrier.overtakes_at == kMaxTimestamp) return {};
  if (!announced_ || announced_->checkpoint < barrier.checkpoint) announced_ = barrier;
  return on_time(epoch_millis);
}

std::optional<int64_t> BarrierAligner::next_time() const {
  if (!announced_ || announced_->checkpoint < next_ || aborted_.contains(announced_->checkpoint)) {
    return std::nullopt;
  }
  if (announced_->overtakes_at == kMaxTimestamp) return std::nullopt;
  // Where a later barrier has come in, this one never will.
  if (!pending_.empty() && pending_.rbegin()->first > announced_->checkpoint) return std::nullopt;
  return announced_->overtakes_at;
}

AlignerDecision BarrierAligner::on_time(int64_t epoch_millis) {
  const auto due = next_time();
  if (!due || epoch_millis < *due) return {};
  const Barrier barrier = *announced_;
  AlignerDecision decision;
  give_up_before(barrier.checkpoint, decision);
  decision.cuts.push_back(barrier);
  auto pending = pending_.find(barrier.checkpoint);
  for (size_t i = 0; i < channels_.size(); ++i) {
    const bool arrived = channels_[i].ended || (pending != pending_.end() && pending->second.arrived[i]);
    decision.in_flight.push_back(!arrived);
  }
  if (pending != pending_.end()) pending_.erase(pending);
  go_on_behind(barrier.checkpoint);
  return decision;
}

AlignerDecision BarrierAligner::on_end(size_t channel) {
  channels_[channel].ended = true;
  AlignerDecision decision;
  look_for_cuts(decision);
  return decision;
}

AlignerDecision BarrierAligner::on_abort(uint64_t checkpoint) {
  if (checkpoint < next_) return {};
  aborted_.insert(checkpoint);
  if (pending_.erase(checkpoint) == 0) return {};
  AlignerDecision decision;
  decision.given_up.push_back(checkpoint);
  unblock_all();
  return decision;
}

void BarrierAligner::look_for_cuts(AlignerDecision& decision) {
  for (const auto& [checkpoint, pending] : pending_) {
    if (has_arrived_everywhere(pending)) decision.cuts.push_back(pending.barrier);
  }
  if (decision.cuts.empty()) return;
  for (const Barrier& barrier : decision.cuts) pending_.erase(barrier.checkpoint);
  give_up_before(decision.cuts.back().checkpoint, decision);
  go_on_behind(decision.cuts.back().checkpoint);
}

bool BarrierAligner::has_arrived_everywhere(const Pending& pending) const {
  if (PFPP_MUTANT("cut_at_first_barrier")) return true;
  if (mode_ == Mode::kAtLeastOnce && PFPP_MUTANT("first_barrier_cuts_at_least_once")) return true;
  for (size_t i = 0; i < channels_.size(); ++i) {
    if (!channels_[i].ended && !pending.arrived[i]) return false;
  }
  return true;
}

void BarrierAligner::go_on_behind(uint64_t checkpoint) {
  next_ = checkpoint + 1;
  aborted_.erase(aborted_.begin(), aborted_.lower_bound(next_));
  unblock_all();
}

void BarrierAligner::unblock_all() {
  for (Channel& channel : channels_) channel.blocked = false;
}

void BarrierAligner::give_up_before(uint64_t checkpoint, AlignerDecision& decision) {
  while (!pending_.empty() && pending_.begin()->first < checkpoint) {
    decision.given_up.push_back(pending_.begin()->first);
    pending_.erase(pending_.begin());
  }
}

}  // namespace pf
