#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/stream_element.h"
#include "serde/opaque_columns.h"
#include "state/in_flight_snapshot.h"

namespace pf {

/// Keeps what is in flight to a subtask at a cut that has overtaken it. From the cut on each channel in which
/// the barrier is still on its way is open: what comes from it is added, until the barrier's place in it is
/// known and all before that has been. Plain code: no thread, no channel, no clock. Elements are serialized
/// as they are added, since operators may change their objects afterwards. A checkpoint keeps nothing of it
/// but what it has made.
class InFlightRecorder {
 public:
  /// `opaque` may be null where no opaque values are taken in.
  InFlightRecorder(std::vector<InFlightChannel> channels, std::shared_ptr<const OpaqueColumns> opaque);

  /// A cut has overtaken what is in these channels. Gives up the one before if it isn't finished: which.
  std::optional<uint64_t> begin(uint64_t checkpoint, std::vector<bool> in_flight);
  /// The cut that is being recorded.
  std::optional<uint64_t> checkpoint() const { return checkpoint_; }
  bool is_open(size_t channel) const { return open_[channel]; }
  /// What has come from an open channel, or waits in it. Barriers and ends are left out.
  void add(size_t channel, const StreamElement& element);
  /// What had come from the channel, open or not, before all that is added, and is not in the operators'
  /// state.
  void put_first(size_t channel, const StreamElement& element);
  /// All that was in flight in the channel has been added.
  void close(size_t channel) { open_[channel] = false; }
  bool is_complete() const;
  /// What was recorded, null where nothing was in flight. Once, when complete.
  std::shared_ptr<const InFlightSnapshot> finish();
  /// The checkpoint will not be completed. One before it may still be.
  void give_up(uint64_t checkpoint);

 private:
  void reset();

  std::vector<InFlightChannel> channels_;
  std::shared_ptr<const OpaqueColumns> opaque_;
  std::optional<uint64_t> checkpoint_;
  std::vector<bool> open_;
  std::vector<std::string> first_;
  std::vector<std::string> elements_;
};

}  // namespace pf
