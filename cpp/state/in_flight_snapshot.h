#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pf {

/// One channel by which an operator's subtask takes in what another one sends, in every run of the program.
struct InFlightChannel {
  uint32_t input = 0;   // of the operator
  std::string from;     // the id of the operator that sends
  uint32_t sender = 0;  // its subtask
};

/// What was on its way to one subtask of an operator at a cut that overtook it, in the bytes that
/// docs/formats/in_flight.md describes. Immutable; any thread.
class InFlightSnapshot {
 public:
  /// Throws Error when the bytes are damaged or of a later version.
  explicit InFlightSnapshot(std::string bytes);
  InFlightSnapshot(const InFlightSnapshot&) = delete;
  InFlightSnapshot& operator=(const InFlightSnapshot&) = delete;

  const std::string& bytes() const { return bytes_; }

  struct Channel : InFlightChannel {
    std::string_view elements;  // as `write_element` writes them, the oldest first
  };
  const std::vector<Channel>& channels() const { return channels_; }

 private:
  std::string bytes_;
  std::vector<Channel> channels_;
};

/// Writes one: each channel with its elements, then `finish`.
class InFlightSnapshotWriter {
 public:
  InFlightSnapshotWriter();
  void add_channel(const InFlightChannel& channel, std::string_view elements);
  std::string finish() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace pf
