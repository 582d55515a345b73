#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "model/stream_element.h"
#include "serde/opaque_columns.h"
#include "state/in_flight_snapshot.h"

namespace pf {

/// Rows of which keys are a subtask's own.
struct KeyShare {
  uint32_t max_parallelism;
  uint32_t parallelism;
  uint32_t subtask;
};

/// What was in flight in one channel of a checkpoint, and where it goes on.
struct Replayed {
  std::shared_ptr<const InFlightSnapshot> snapshot;
  size_t part;     // which of the snapshot's channels
  size_t channel;  // of the task that goes on
  /// Only these rows; none: all.
  std::optional<KeyShare> share;
  /// Else the watermarks that were between the rows are left out, and what the channel brings says the time.
  bool with_watermarks = true;
};

/// What was in flight to a task when the checkpoint that it goes on from was taken: all of it is taken in
/// before anything that its channels bring. Lives on the task's thread.
///
/// No channel is left idle, since who sends now doesn't know that it was.
class ReplayedInputs {
 public:
  /// Reads all parts. Throws Error where they are damaged, or can't be dealt out.
  ReplayedInputs(size_t channels, const std::vector<Replayed>& parts, const OpaqueColumns* opaque);

  /// Takes the next element, with its channel; false when there is none.
  bool try_take(size_t& channel, StreamElement& element);
  /// What waits for a channel, the oldest first.
  void show(size_t channel, const std::function<void(const StreamElement&)>& visitor) const;

 private:
  std::vector<std::deque<StreamElement>> waiting_;  // for each channel
  size_t next_ = 0;
};

/// What one channel of a checkpoint had in flight, as far as it goes on.
std::vector<StreamElement> read_in_flight(const Replayed& part, const OpaqueColumns* opaque);

}  // namespace pf
