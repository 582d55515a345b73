#include "control/checkpoint/barrier_aligner.h"

#include "base/fault_point.h"

namespace pf {

AlignerDecision BarrierAligner::on_barrier(size_t channel, const Barrier& barrier) {
  if (barrier.checkpoint < next_) return {};
  AlignerDecision decision;
  if (mode_ == Mode::kExactlyOnce) {
    // A later barrier on a channel that isn't blocked: the pending checkpoint's was given up upstream.
    decision.given_up = give_up_before(barrier.checkpoint);
    if (decision.given_up) unblock_all();
    if (!pending_.empty() && pending_.begin()->first > barrier.checkpoint) return decision;
    channels_[channel].blocked = true;
  }
  auto [at, is_new] = pending_.try_emplace(barrier.checkpoint);
  if (is_new) at->second = {barrier, std::vector<bool>(channels_.size())};
  at->second.arrived[channel] = true;
  AlignerDecision found = look_for_cut();
  if (!found.given_up) found.given_up = decision.given_up;
  return found;
}

AlignerDecision BarrierAligner::on_end(size_t channel) {
  channels_[channel].ended = true;
  return look_for_cut();
}

AlignerDecision BarrierAligner::on_abort(uint64_t checkpoint) {
  if (checkpoint < next_) return {};
  AlignerDecision decision;
  decision.given_up = give_up_before(checkpoint + 1);
  next_ = checkpoint + 1;
  if (decision.given_up) unblock_all();
  return decision;
}

AlignerDecision BarrierAligner::look_for_cut() {
  for (auto at = pending_.rbegin(); at != pending_.rend(); ++at) {
    if (!has_arrived_everywhere(at->second)) continue;
    Barrier barrier = at->second.barrier;
    AlignerDecision decision;
    decision.given_up = give_up_before(barrier.checkpoint);
    decision.cut = barrier;
    pending_.erase(barrier.checkpoint);
    next_ = barrier.checkpoint + 1;
    unblock_all();
    return decision;
  }
  return {};
}

bool BarrierAligner::has_arrived_everywhere(const Pending& pending) const {
  if (PFPP_MUTANT("cut_at_first_barrier")) return true;
  for (size_t i = 0; i < channels_.size(); ++i) {
    if (!channels_[i].ended && !pending.arrived[i]) return false;
  }
  return true;
}

void BarrierAligner::unblock_all() {
  for (Channel& channel : channels_) channel.blocked = false;
}

std::optional<uint64_t> BarrierAligner::give_up_before(uint64_t checkpoint) {
  std::optional<uint64_t> last;
  while (!pending_.empty() && pending_.begin()->first < checkpoint) {
    last = pending_.begin()->first;
    pending_.erase(pending_.begin());
  }
  return last;
}

}  // namespace pf
