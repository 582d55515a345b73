#include "simulation/guarantee.h"

#include "simulation/results.h"

namespace pf::testing {

Guarantee::Times Guarantee::times_counted(bool is_before, bool is_one_with_source) const {
  const int64_t once = is_before ? 1 : 0;
  if (mode_ == Mode::kExactlyOnce || is_one_with_source) return {once, once};
  // In each life, from the cut on that it went on from or on this side of it.
  return {once, lives_};
}

std::vector<std::string> Guarantee::wrong_with(const std::vector<std::string>& committed,
                                               const std::vector<std::string>& expected,
                                               const std::vector<std::string>& possible) const {
  // What is behind a cut may be committed with it, and a drain come before it is read again.
  return mode_ == Mode::kExactlyOnce ? differences_from(expected, committed)
                                     : losses_from(expected, possible, committed);
}

}  // namespace pf::testing
