#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/checkpoint/barrier_aligner.h"

namespace pf::testing {

/// What a checkpointing mode promises: that each record counts exactly once, or at least once. Everything
/// that the simulation lets the one do and not the other is here. Plain code, no thread.
class Guarantee {
 public:
  using Mode = BarrierAligner::Mode;

  explicit Guarantee(Mode mode) : mode_(mode) {}

  Mode mode() const { return mode_; }

  /// The tasks begin, or some of them again: whatever is behind the cut they go on from they are shown once
  /// more.
  void begin_life() { ++lives_; }

  struct Times {
    int64_t least;
    int64_t most;
  };
  /// How often the state of an operator may count a record at a cut that has it before itself, or behind.
  /// `is_one_with_source`: nothing is between the operator and its source in which barriers might wait for
  /// one another, so that every mode is exact.
  Times times_counted(bool is_before, bool is_one_with_source) const;

  /// What is wrong with all that has been committed, when the job has come to its end. `possible` is what
  /// would have been expected of it if it hadn't been drained.
  std::vector<std::string> wrong_with(const std::vector<std::string>& committed,
                                      const std::vector<std::string>& expected,
                                      const std::vector<std::string>& possible) const;

 private:
  const Mode mode_;
  int64_t lives_ = 0;
};

}  // namespace pf::testing
