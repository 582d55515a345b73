#include "dataflow/window/window_contents.h"

#include "dataflow/operator/operator_failure.h"

namespace pf {

void WindowContents::refuse_record(const Batch& batch, size_t row, const std::string& problem) const {
  throw OperatorFailure(services_->context, problem, batch, static_cast<uint32_t>(row));
}

}  // namespace pf
