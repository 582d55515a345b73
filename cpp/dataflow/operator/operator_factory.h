#pragma once

#include <memory>

#include "dataflow/operator/operator.h"

namespace pf {

/// Makes the operator of one subtask. Shared by all subtasks; holds the user's function as shipped.
class OperatorFactory {
 public:
  virtual ~OperatorFactory() = default;
  virtual std::unique_ptr<Operator> create() const = 0;
};

}  // namespace pf
