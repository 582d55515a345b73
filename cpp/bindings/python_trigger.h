#pragma once

#include <memory>

#include "bindings/window_session.h"
#include "dataflow/window/trigger.h"

namespace pf::python {

/// A trigger written in Python. Its session is opened before it.
std::unique_ptr<Trigger> make_python_trigger(std::shared_ptr<WindowSession> session, bool can_merge);

}  // namespace pf::python
