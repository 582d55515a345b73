#include "dataflow/time/alignment_group.h"

#include <algorithm>

namespace pf {

std::shared_ptr<AlignmentGroup> AlignmentGroup::of(const JobId& job, const std::string& name) {
  static std::mutex mutex;
  static auto* groups = new std::map<std::string, std::weak_ptr<AlignmentGroup>>;  // never destroyed
  std::lock_guard lock(mutex);
  std::erase_if(*groups, [](const auto& entry) { return entry.second.expired(); });
  auto& known = (*groups)[job.hex() + name];
  auto group = known.lock();
  if (!group) known = group = std::make_shared<AlignmentGroup>();
  return group;
}

void AlignmentGroup::report(const void* member, std::optional<int64_t> watermark) {
  std::lock_guard lock(mutex_);
  if (watermark) {
    watermarks_[member] = *watermark;
  } else {
    watermarks_.erase(member);
  }
}

int64_t AlignmentGroup::lowest() const {
  std::lock_guard lock(mutex_);
  int64_t lowest = kMaxTimestamp;
  for (const auto& [member, watermark] : watermarks_) lowest = std::min(lowest, watermark);
  return lowest;
}

}  // namespace pf
