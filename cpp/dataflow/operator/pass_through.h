#pragma once

#include <memory>

#include "dataflow/operator/operator_factory.h"

namespace pf {

/// Emits what it gets: the beginning of a loop, where records that come back join the new ones.
std::shared_ptr<const OperatorFactory> make_pass_through(bool needs_lane);

}  // namespace pf
