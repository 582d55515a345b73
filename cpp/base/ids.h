#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace pf {

/// Names one run of one program, on every wire and in every file. 16 random bytes.
struct JobId {
  std::array<uint8_t, 16> bytes{};

  static JobId random();
  /// 32 lower-case hexadecimal digits.
  std::string hex() const;
  friend bool operator==(const JobId&, const JobId&) = default;
};

/// One try at running one subtask. A message of an earlier attempt is never accepted by a later one.
struct TaskAttempt {
  JobId job;
  uint32_t vertex = 0;
  uint32_t subtask = 0;
  uint32_t attempt = 0;
  friend bool operator==(const TaskAttempt&, const TaskAttempt&) = default;
};

}  // namespace pf
