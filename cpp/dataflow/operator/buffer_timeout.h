#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace pf {

/// Tells an operator that works through a batch when it should hand on the results it has so far.
/// Looks at the clock as rarely as the speed of the rows so far allows. Lives on the task's thread.
class BufferTimeout {
 public:
  /// A timeout of 0 is over after each row, a negative one never.
  BufferTimeout(const Clock& clock, int64_t nanos) : clock_(clock), nanos_(nanos) {}

  /// Before the first row.
  void start() {
    if (nanos_ <= 0) return;
    started_ = clock_.monotonic_nanos();
    rows_until_look_ = stride_ = 1;
  }
  /// After each row.
  bool is_over() {
    if (nanos_ <= 0) return nanos_ == 0;
    if (--rows_until_look_ > 0) return false;
    int64_t elapsed = clock_.monotonic_nanos() - started_;
    if (elapsed >= nanos_) return true;
    // So far rows are fast enough for so many more to fit in easily.
    stride_ = elapsed < nanos_ / 16 ? std::min(stride_ * 2, kLongestStride) : 1;
    rows_until_look_ = stride_;
    return false;
  }

 private:
  static constexpr int kLongestStride = 64;

  const Clock& clock_;
  const int64_t nanos_;
  int64_t started_ = 0;
  int stride_ = 1;
  int rows_until_look_ = 1;
};

}  // namespace pf
