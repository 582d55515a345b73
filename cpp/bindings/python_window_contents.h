#pragma once

#include <memory>
#include <string>

#include "bindings/window_session.h"
#include "dataflow/window/window_contents.h"
#include "dataflow/window/window_slices.h"

namespace pf::python {

/// What windows keep of elements that are Python objects, and the user's function that they are given to.
/// `kind`: "list" keeps them all; "reduce" and "aggregate" fold them into one value as they come, each with
/// "sliced " before it into one for each slice; "evicting" keeps them with their timestamps for an evictor.
/// `slices` are the assigner's, null where it has none. Opens the session, and closes it.
std::unique_ptr<WindowContents> make_python_contents(std::shared_ptr<WindowSession> session,
                                                     const std::string& kind, const WindowSlices* slices);

}  // namespace pf::python
