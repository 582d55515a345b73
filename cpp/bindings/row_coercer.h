#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings/coercer.h"

namespace pf::python {

/// Rows: from a row, tuple, list, dict or an object with attributes of the fields' names. Fields of a
/// named row are taken by name where all names match, else by position. A type without names names its
/// rows' fields f0, f1, ..., as Flink's does. The kind of a row stays.
std::shared_ptr<const Coercer> make_row_coercer(std::vector<std::string> names,
                                                std::vector<std::shared_ptr<const Coercer>> fields);

}  // namespace pf::python
