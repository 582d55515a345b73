#pragma once

#include <memory>
#include <string>

#include "bindings/window_session.h"
#include "dataflow/window/window_contents.h"

namespace pf::python {

/// What windows keep of elements that are Python objects, and the user's function that they are given to.
/// `kind`: "list" keeps them all; "reduce" and "aggregate" fold them into one value as they come; "evicting"
/// keeps them with their timestamps for an evictor. Opens the session, and closes it.
std::unique_ptr<WindowContents> make_python_contents(std::shared_ptr<WindowSession> session,
                                                     const std::string& kind);

}  // namespace pf::python
