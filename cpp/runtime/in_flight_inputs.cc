#include "runtime/in_flight_inputs.h"

#include <utility>

#include "base/fault_point.h"

namespace pf {

std::vector<Barrier> InFlightInputs::take_announced() {
  std::vector<Barrier> barriers;
  for (size_t i = 0; i < channels_.size(); ++i) {
    for (Channel::Announced& announced : channels_[i]->take_announced()) {
      const auto* barrier = std::get_if<Barrier>(&announced.element);
      known_[i].push_back({announced.position, barrier ? std::optional(barrier->checkpoint) : std::nullopt});
      if (barrier) barriers.push_back(*barrier);
    }
  }
  return barriers;
}

std::optional<uint64_t> InFlightInputs::begin(uint64_t checkpoint, std::vector<bool> in_flight) {
  return recorder_.begin(checkpoint, std::move(in_flight));
}

void InFlightInputs::look(const ReplayedInputs* replayed) {
  const uint64_t checkpoint = *recorder_.checkpoint();
  for (size_t i = 0; i < channels_.size(); ++i) {
    if (!recorder_.is_open(i)) continue;
    auto& known = known_[i];
    while (!known.empty() && known.front().checkpoint && *known.front().checkpoint < checkpoint) {
      known.pop_front();
    }
    if (known.empty()) continue;
    auto add = [&](const StreamElement& element) { recorder_.add(i, element); };
    if (replayed) replayed->show(i, add);
    channels_[i]->show_before(known.front().position, add);
    recorder_.close(i);
  }
}

void InFlightInputs::on_read(size_t channel, const StreamElement& element) {
  const auto* barrier = std::get_if<Barrier>(&element);
  auto& known = known_[channel];
  // What has come by is on its way no more.
  while (barrier && !known.empty() && known.front().checkpoint &&
         *known.front().checkpoint <= barrier->checkpoint) {
    known.pop_front();
  }
  if (!recorder_.is_open(channel)) return;
  const bool is_behind = barrier && barrier->checkpoint >= *recorder_.checkpoint();
  if (is_behind || std::holds_alternative<EndOfInput>(element)) {
    recorder_.close(channel);
  } else if (!PFPP_MUTANT("read_not_recorded")) {
    recorder_.add(channel, element);
  }
}

}  // namespace pf
