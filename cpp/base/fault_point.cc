#include "base/fault_point.h"

#ifdef PYFLINKPP_FAULT_POINTS

#include <atomic>

namespace pf {
namespace {

std::atomic<FaultPlan*> armed{nullptr};

}  // namespace

void arm_faults(FaultPlan* plan) { armed.store(plan); }

void reach_fault_point(std::string_view point) {
  if (FaultPlan* plan = armed.load(std::memory_order_acquire)) plan->reach(point);
}

void send_message(std::string_view message, std::function<void()> deliver) {
  if (FaultPlan* plan = armed.load(std::memory_order_acquire)) return plan->send(message, std::move(deliver));
  deliver();
}

bool has_defect(std::string_view name) {
  FaultPlan* plan = armed.load(std::memory_order_acquire);
  return plan && plan->has_defect(name);
}

}  // namespace pf

#endif
