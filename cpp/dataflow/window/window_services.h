#pragma once

#include "control/time/timer_service.h"
#include "dataflow/operator/operator.h"
#include "dataflow/window/window.h"
#include "state/keyed_state_backend.h"

namespace pf {

/// What the parts of one window operator use. Owned by the operator, valid from its open to its close.
struct WindowServices {
  OperatorContext& context;
  KeyedStateBackend& state;
  TimerService& timers;

  /// Makes a window's state the current one, of the same key.
  void enter(const Window& window) const {
    if (state.current_namespace() != window.bytes) state.set_namespace(window.bytes);
  }
};

}  // namespace pf
