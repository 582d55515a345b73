#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "model/stream_element.h"

namespace pf {

/// The watermark of several parts - the inputs of an operator, the splits of a source: the minimum over
/// the parts that are active; when all are idle, the maximum over all. It never falls. A calculator, as
/// Flink's CombinedWatermarkStatus: unlike a channel of a valve, a part that comes back from idleness
/// counts at once.
class CombinedWatermark {
 public:
  using PartId = uint64_t;

  void add(PartId part) { parts_.try_emplace(part); }
  /// A part that is gone never holds the others back; what it let through remains.
  void remove(PartId part) { parts_.erase(part); }
  bool contains(PartId part) const { return parts_.contains(part); }
  int64_t watermark_of(PartId part) const { return parts_.at(part).watermark; }

  /// Also makes the part active. A lower watermark than before is ignored.
  void set_watermark(PartId part, int64_t timestamp);
  void set_idle(PartId part, bool idle) { parts_.at(part).idle = idle; }

  /// Takes in what was set: the watermark to emit, if it has risen.
  std::optional<Watermark> update();
  /// Whether every part was idle at the last `update`; false without parts.
  bool idle() const { return idle_; }
  int64_t current() const { return emitted_; }

 private:
  struct Part {
    int64_t watermark = kMinTimestamp;
    bool idle = false;
  };
  std::map<PartId, Part> parts_;
  int64_t emitted_ = kMinTimestamp;
  bool idle_ = false;
};

}  // namespace pf
