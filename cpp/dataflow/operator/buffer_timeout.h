#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace pf {

/// Tells an operator that works through a batch when it should hand on the results it has so far: when the
/// timeout is over, and sooner where rows take long, so that periodic watermarks can fall between them.
/// Lives on the task's thread.
class BufferTimeout {
 public:
  /// A timeout of 0 is over after each row, a negative one never.
  BufferTimeout(const Clock& clock, int64_t nanos)
      : clock_(clock), precise_(nanos <= kCoarse), nanos_(std::min(nanos, kLongest)) {}

  /// Before the first row.
  void start() {
    if (nanos_ > 0) until_ = now() + nanos_;
  }
  /// After each row.
  bool is_over() const { return nanos_ > 0 ? now() >= until_ : nanos_ == 0; }

 private:
  static constexpr int64_t kLongest = 1'000'000;
  /// Below this the coarse clock would be too coarse; above, it is precise enough and costs little.
  static constexpr int64_t kCoarse = 10'000'000;

  int64_t now() const { return precise_ ? clock_.monotonic_nanos() : clock_.coarse_nanos(); }

  const Clock& clock_;
  const bool precise_;
  const int64_t nanos_;
  int64_t until_ = 0;
};

}  // namespace pf
