#include "control/time/combined_watermark.h"

#include <algorithm>

namespace pf {

void CombinedWatermark::set_watermark(PartId id, int64_t timestamp) {
  Part& part = parts_.at(id);
  part.idle = false;
  part.watermark = std::max(part.watermark, timestamp);
}

std::optional<Watermark> CombinedWatermark::update() {
  if (parts_.empty()) return std::nullopt;
  int64_t highest = kMinTimestamp;
  int64_t lowest_active = kMaxTimestamp;
  idle_ = true;
  for (const auto& [id, part] : parts_) {
    highest = std::max(highest, part.watermark);
    if (part.idle) continue;
    idle_ = false;
    lowest_active = std::min(lowest_active, part.watermark);
  }
  int64_t combined = idle_ ? highest : lowest_active;
  if (combined <= emitted_) return std::nullopt;
  emitted_ = combined;
  return Watermark{combined};
}

}  // namespace pf
