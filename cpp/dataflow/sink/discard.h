#pragma once

#include <memory>

#include "dataflow/operator/operator_factory.h"

namespace pf {

/// A sink that drops everything: what remains is the cost of getting there.
std::shared_ptr<const OperatorFactory> make_discard();

}  // namespace pf
