#pragma once

#include <memory>
#include <string>

#include "dataflow/operator/operator_factory.h"

namespace pf {

/// STRING to STRING: the pieces of each text between separators. An empty separator splits at runs of
/// ASCII white space and drops empty pieces, as `str.split()` does for such text.
std::shared_ptr<const OperatorFactory> make_split(std::string separator);

}  // namespace pf
