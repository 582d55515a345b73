#pragma once

#include <memory>

#include "plan/stream_graph.h"

namespace pf {

/// A sink that drops everything: what remains is the cost of getting there.
std::shared_ptr<const OperatorFactory> make_discard();

}  // namespace pf
