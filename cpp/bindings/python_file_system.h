#pragma once

#include <pybind11/pybind11.h>

#include "base/file_system.h"

namespace pf::python {

/// A file system that Python knows, by an object with the methods `make_folders`, `write`, `read`, `remove`,
/// `remove_folder` and `find`. Each call takes the GIL: for threads that may block, never for those of tasks.
std::shared_ptr<FileSystem> python_file_system(pybind11::object files);

/// Adds Location to the module. Before all that takes one.
void add_location(pybind11::module_& module);

}  // namespace pf::python
