#pragma once

#include <functional>
#include <string_view>

namespace pf {

/// What a test does to the engine at its named points, which docs/fault_points.md lists. One at a time is
/// armed, for the whole process. Builds without PYFLINKPP_FAULT_POINTS have neither points nor plans.
class FaultPlan {
 public:
  virtual ~FaultPlan() = default;
  /// A thread of the engine has come to the point: may throw, which is a failure at this place, may let time
  /// pass, or note that the process dies here. On any thread.
  virtual void reach(std::string_view point) = 0;
  /// A control message is to be delivered: now, later, more than once, or never. `deliver` is valid as long
  /// as the job is.
  virtual void send(std::string_view message, std::function<void()> deliver) = 0;
  /// Whether the engine shall have the named defect: how tests show that they would find it.
  virtual bool has_defect(std::string_view name) = 0;
};

#ifdef PYFLINKPP_FAULT_POINTS

/// Null disarms. While nothing runs.
void arm_faults(FaultPlan* plan);
void reach_fault_point(std::string_view point);
void send_message(std::string_view message, std::function<void()> deliver);
bool has_defect(std::string_view name);

#define PFPP_FAULT(point) ::pf::reach_fault_point(point)
#define PFPP_SEND(message, ...) ::pf::send_message(message, __VA_ARGS__)
#define PFPP_MUTANT(name) ::pf::has_defect(name)

#else

/// A place at which tests let something happen; nothing in a build for use.
#define PFPP_FAULT(point) static_cast<void>(0)
/// Calls the function: at once in a build for use.
#define PFPP_SEND(message, ...) (__VA_ARGS__)()
/// False in a build for use.
#define PFPP_MUTANT(name) false

#endif

}  // namespace pf
