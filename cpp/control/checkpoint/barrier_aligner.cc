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
  // What has been taken in on this channel is behind the one that was announced.
  if (announced_ && announced_->checkpoint < barrier.checkpoint) announced_ = barrier;
  auto [at, is_new] = pending_.try_emplace(barrier.checkpoint);
  if (is_new) at->second = {barrier, std::vector<bool>(channels_.size())};
  at->second.arrived[channel] = true;
  AlignerDecision found = look_for_cut();
  if (!found.given_up) found.given_up = decision.given_up;
  return found;
}

AlignerDecision BarrierAligner::on_announced(const Barrier& barrier, int64_t epoch_millis) {
  if (barrier.overtakes_at == kMaxTimestamp) return {};
  if (!announced_ || announced_->checkpoint < barrier.checkpoint) announced_ = barrier;
  return on_time(epoch_millis);
}

std::optional<int64_t> BarrierAligner::next_time() const {
  if (!announced_ || announced_->checkpoint < next_) return std::nullopt;
  if (announced_->overtakes_at == kMaxTimestamp) return std::nullopt;
  return announced_->overtakes_at;
}

AlignerDecision BarrierAligner::on_time(int64_t epoch_millis) {
  const auto due = next_time();
  if (!due || epoch_millis < *due) return {};
  const Barrier barrier = *announced_;
  AlignerDecision decision;
  decision.given_up = give_up_before(barrier.checkpoint);
  decision.cut = barrier;
  auto pending = pending_.find(barrier.checkpoint);
  for (size_t i = 0; i < channels_.size(); ++i) {
    const bool arrived = channels_[i].ended || (pending != pending_.end() && pending->second.arrived[i]);
    decision.in_flight.push_back(!arrived);
  }
  if (pending != pending_.end()) pending_.erase(pending);
  next_ = barrier.checkpoint + 1;
  unblock_all();
  return decision;
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
