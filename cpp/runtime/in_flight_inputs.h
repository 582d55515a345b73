#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "control/checkpoint/in_flight_recorder.h"
#include "dataflow/exchange/channel.h"
#include "runtime/replayed_inputs.h"

namespace pf {

/// The inputs of a task that barriers may overtake: what the reader of a channel does so that nothing in it
/// is lost, whether it has been read by then, waits, or is yet to be written. Lives on the task's thread; the
/// channels belong to the job.
class InFlightInputs {
 public:
  InFlightInputs(std::vector<Channel*> channels, InFlightRecorder recorder)
      : channels_(std::move(channels)), known_(channels_.size()), recorder_(std::move(recorder)) {}

  /// The barriers that writers have announced since the last call.
  std::vector<Barrier> take_announced();
  /// The cut of a checkpoint has overtaken what is in these channels, and in what is still replayed. Gives up
  /// the one before if it isn't finished: which.
  std::optional<uint64_t> begin(uint64_t checkpoint, std::vector<bool> in_flight);
  /// Adds what is in flight in channels where the barrier's place is known.
  void look(const ReplayedInputs* replayed);
  /// To be called for whatever is read, before anything happens with it.
  void on_read(size_t channel, const StreamElement& element);
  InFlightRecorder& recorder() { return recorder_; }

 private:
  /// A barrier on its way, or the end.
  struct Known {
    size_t position;
    std::optional<uint64_t> checkpoint;
  };

  std::vector<Channel*> channels_;
  std::vector<std::deque<Known>> known_;
  InFlightRecorder recorder_;
};

}  // namespace pf
