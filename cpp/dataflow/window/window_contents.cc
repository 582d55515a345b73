#include "dataflow/window/window_contents.h"

#include "base/error.h"

namespace pf {

void WindowContents::refuse_record(const Batch&, size_t, const std::string& problem) const {
  const OperatorContext& context = services_->context;
  throw Error("'" + context.operator_name + "': " + problem + "\n  declared at " + context.declared_at);
}

}  // namespace pf
