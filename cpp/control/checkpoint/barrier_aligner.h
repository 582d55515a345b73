#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/stream_element.h"

namespace pf {

/// What a subtask has to do about its checkpoints after something came in on a channel. What is given up goes
/// first.
struct AlignerDecision {
  /// No more barriers of these checkpoints are waited for, nor will they be complete here.
  std::vector<uint64_t> given_up;
  /// The cut is here: what was taken in so far is before these barriers, the rest behind them. Exactly once
  /// there is one at most.
  std::vector<Barrier> cuts;
  /// Empty where the barrier has come in on every channel. Else it has overtaken, and these are the channels
  /// in which it is still on its way: what is before it there is in flight, and part of the checkpoint.
  std::vector<bool> in_flight;
};

/// Finds the place in the input of a subtask at which a checkpoint cuts it: where the barrier has come in on
/// every channel, or where it overtakes. A calculator: channel and barrier in, what to do out; no thread, no
/// clock. Nothing of it is part of a checkpoint, since it's empty at each cut.
///
/// Exactly once, a channel whose barrier has come is blocked until the others' have: what is behind a barrier
/// never gets in front of the cut. At least once no channel is ever blocked, and the cut is where the last
/// barrier is. A barrier that may overtake, and by its time does, cuts as soon as it is known of on one
/// channel. Flink's SingleCheckpointBarrierHandler and CheckpointBarrierTracker are the models.
class BarrierAligner {
 public:
  enum class Mode : uint8_t { kExactlyOnce, kAtLeastOnce };

  BarrierAligner(size_t channels, Mode mode) : mode_(mode), channels_(channels) {}

  /// To be called for each barrier. Those of checkpoints before the last cut change nothing.
  AlignerDecision on_barrier(size_t channel, const Barrier& barrier);
  /// A barrier is on its way in some channel and may overtake. `epoch_millis` is the time of now.
  AlignerDecision on_announced(const Barrier& barrier, int64_t epoch_millis);
  /// The time has come that `next_time` said.
  AlignerDecision on_time(int64_t epoch_millis);
  /// When a barrier that is known of is to overtake, if nothing happens before.
  std::optional<int64_t> next_time() const;
  /// An ended channel is never waited for.
  AlignerDecision on_end(size_t channel);
  /// The checkpoint will not be completed: whoever decides such things said so. One before it may be.
  AlignerDecision on_abort(uint64_t checkpoint);

  /// Whether nothing is to be taken from the channel for now.
  bool is_blocked(size_t channel) const { return channels_[channel].blocked; }

 private:
  struct Channel {
    bool ended = false;
    bool blocked = false;
  };
  /// A checkpoint whose barrier has come in on some channels, and not yet on all.
  struct Pending {
    Barrier barrier;
    std::vector<bool> arrived;
  };

  bool has_arrived_everywhere(const Pending& pending) const;
  /// Checkpoints that have arrived everywhere cut; those before the last of them can no longer do so.
  void look_for_cuts(AlignerDecision& decision);
  /// A cut is here.
  void go_on_behind(uint64_t checkpoint);
  void unblock_all();
  /// Gives up what is pending up to a checkpoint, without it.
  void give_up_before(uint64_t checkpoint, AlignerDecision& decision);

  const Mode mode_;
  std::vector<Channel> channels_;
  std::map<uint64_t, Pending> pending_;  // exactly once: one at most
  std::optional<Barrier> announced_;     // the latest one
  uint64_t next_ = 0;                    // barriers of earlier checkpoints come too late, ...
  std::set<uint64_t> aborted_;           // ... and those of these from there on
};

}  // namespace pf
