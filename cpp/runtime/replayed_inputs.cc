#include "runtime/replayed_inputs.h"

#include "base/error.h"
#include "base/fault_point.h"
#include "model/key_group.h"
#include "serde/element_bytes.h"

namespace pf {
namespace {

/// The rows of the share; no values when there are none.
Batch of_share(const Batch& batch, const KeyShare& share) {
  if (!batch.keys) throw Error("records in flight can't be dealt out anew: they have no keys");
  std::vector<int32_t> codes(batch.size());
  batch.keys->hash_codes(codes);
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < codes.size(); ++row) {
    const uint32_t group = key_group_of(codes[row], share.max_parallelism);
    if (subtask_of_key_group(group, share.max_parallelism, share.parallelism) != share.subtask) continue;
    rows.push_back(row);
  }
  return rows.empty() ? Batch{} : batch.select(rows);
}

}  // namespace

std::vector<StreamElement> read_in_flight(const Replayed& part, const OpaqueColumns* opaque) {
  std::vector<StreamElement> elements;
  ByteReader in(part.snapshot->channels().at(part.part).elements);
  while (!in.at_end()) {
    StreamElement element = read_element(in, opaque);
    if (auto* batch = std::get_if<Batch>(&element)) {
      if (part.share && !PFPP_MUTANT("in_flight_not_dealt_out")) *batch = of_share(*batch, *part.share);
      if (!batch->values) continue;
      if (PFPP_MUTANT("in_flight_replayed_twice")) elements.push_back(element);
    } else if (!part.with_watermarks && !PFPP_MUTANT("watermarks_kept_for_others")) {
      continue;
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

ReplayedInputs::ReplayedInputs(size_t channels, const std::vector<Replayed>& parts,
                               const OpaqueColumns* opaque)
    : waiting_(channels) {
  std::vector<bool> idle(channels);
  for (const Replayed& part : parts) {
    auto& waiting = waiting_.at(part.channel);
    for (StreamElement& element : read_in_flight(part, opaque)) {
      const bool is_batch = std::holds_alternative<Batch>(element);
      if (const auto* status = std::get_if<WatermarkStatus>(&element)) idle[part.channel] = status->idle;
      if (!is_batch && PFPP_MUTANT("watermark_overtakes")) {
        waiting.push_front(std::move(element));
      } else {
        waiting.push_back(std::move(element));
      }
    }
  }
  for (size_t i = 0; i < channels; ++i) {
    if (idle[i]) waiting_[i].emplace_back(WatermarkStatus{false});
  }
}

bool ReplayedInputs::try_take(size_t& channel, StreamElement& element) {
  // In turns, as channels are read.
  for (size_t tried = 0; tried < waiting_.size(); ++tried) {
    channel = next_;
    next_ = next_ + 1 == waiting_.size() ? 0 : next_ + 1;
    auto& waiting = waiting_[channel];
    if (waiting.empty()) continue;
    element = std::move(waiting.front());
    waiting.pop_front();
    return true;
  }
  return false;
}

void ReplayedInputs::show(size_t channel, const std::function<void(const StreamElement&)>& visitor) const {
  for (const StreamElement& element : waiting_[channel]) visitor(element);
}

}  // namespace pf
