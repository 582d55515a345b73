#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/ids.h"
#include "model/stream_element.h"

namespace pf {

/// The subtasks of all sources of one job that shall not run far ahead of one another. Any thread.
class AlignmentGroup {
 public:
  /// The group of that name, which lives as long as somebody holds it.
  static std::shared_ptr<AlignmentGroup> of(const JobId& job, const std::string& name);

  /// What a member's watermark is now; a member that says nothing (before its first watermark, idle, or at
  /// its end) holds nobody back.
  void report(const void* member, std::optional<int64_t> watermark);
  /// The lowest watermark reported; `kMaxTimestamp` where there is none.
  int64_t lowest() const;

 private:
  mutable std::mutex mutex_;
  std::map<const void*, int64_t> watermarks_;
};

}  // namespace pf
