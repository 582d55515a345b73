#pragma once

#include <memory>

#include "bindings/python_fold.h"
#include "dataflow/window/window_slices.h"

namespace pf::python {

/// One value for each slice of windows that share slices, merged when a window fires.
std::unique_ptr<WindowContents> make_python_sliced_contents(std::shared_ptr<WindowSession> session,
                                                            std::unique_ptr<PythonFold> fold,
                                                            const WindowSlices& slices);

}  // namespace pf::python
