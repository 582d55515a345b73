#pragma once

#include <stdexcept>
#include <string>

namespace pf {

/// An expected failure, worded for the user: what was wrong, with which value, and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void fail_check(const char* condition, const char* file, int line);

}  // namespace pf

/// States an invariant of the engine. A violated one is a bug of ours, never the user's.
#define PF_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::pf::fail_check(#condition, __FILE__, __LINE__))
