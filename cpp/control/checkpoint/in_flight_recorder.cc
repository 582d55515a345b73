#include "control/checkpoint/in_flight_recorder.h"

#include <algorithm>
#include <utility>

#include "base/fault_point.h"
#include "serde/element_bytes.h"

namespace pf {

InFlightRecorder::InFlightRecorder(std::vector<InFlightChannel> channels,
                                   std::shared_ptr<const OpaqueColumns> opaque)
    : channels_(std::move(channels)), opaque_(std::move(opaque)) {
  reset();
}

void InFlightRecorder::reset() {
  checkpoint_.reset();
  open_.assign(channels_.size(), false);
  first_.assign(channels_.size(), {});
  elements_.assign(channels_.size(), {});
}

std::optional<uint64_t> InFlightRecorder::begin(uint64_t checkpoint, std::vector<bool> in_flight) {
  std::optional<uint64_t> before = checkpoint_;
  reset();
  checkpoint_ = checkpoint;
  open_ = std::move(in_flight);
  return before;
}

void InFlightRecorder::add(size_t channel, const StreamElement& element) {
  if (std::holds_alternative<Barrier>(element) || std::holds_alternative<EndOfInput>(element)) return;
  if (PFPP_MUTANT("in_flight_lost")) return;
  ByteWriter out(elements_[channel]);
  write_element(element, opaque_.get(), out);
}

void InFlightRecorder::put_first(size_t channel, const StreamElement& element) {
  if (PFPP_MUTANT("rest_lost")) return;
  ByteWriter out(first_[channel]);
  write_element(element, opaque_.get(), out);
}

bool InFlightRecorder::is_complete() const {
  return checkpoint_ && std::none_of(open_.begin(), open_.end(), [](bool open) { return open; });
}

std::shared_ptr<const InFlightSnapshot> InFlightRecorder::finish() {
  InFlightSnapshotWriter out;
  bool any = false;
  for (size_t i = 0; i < channels_.size(); ++i) {
    const bool reversed = PFPP_MUTANT("rest_put_last");
    std::string all = reversed ? elements_[i] + first_[i] : first_[i] + elements_[i];
    any |= !all.empty();
    out.add_channel(channels_[i], all);
  }
  reset();
  return any ? std::make_shared<InFlightSnapshot>(out.finish()) : nullptr;
}

void InFlightRecorder::give_up(uint64_t checkpoint) {
  if (checkpoint_ == checkpoint) reset();
}

}  // namespace pf
