#pragma once

#include <memory>

#include "bindings/window_session.h"
#include "dataflow/window/window_assigner.h"

namespace pf::python {

/// An assigner written in Python. `merging`: "" when its windows stay apart, "sessions" when they merge as
/// sessions do, "custom" when its `merge_windows` says how. Its session is opened before it.
std::unique_ptr<WindowAssigner> make_python_assigner(std::shared_ptr<WindowSession> session, bool event_time,
                                                     std::string merging);

}  // namespace pf::python
