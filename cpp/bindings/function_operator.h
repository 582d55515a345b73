#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "bindings/python_function.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// Base of the operators that run one user's function, which each opens with what it needs to reach. Lives on
/// the Python lane; a checkpoint keeps the function's operator state.
class FunctionOperator : public Operator {
 public:
  /// Finishes the function with the last input.
  Step end_input(int, Outbox&) override {
    if (++inputs_ended_ == opened_->inputs()) opened_->finish();
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    return opened_->snapshot_state(context);
  }
  void notify_checkpoint_complete(int64_t checkpoint_id) override { opened_->notify_complete(checkpoint_id); }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override { opened_->notify_aborted(checkpoint_id); }
  void close() override {
    if (!opened_) return;
    opened_->close();
    opened_.reset();
  }
  bool needs_lane() const override { return true; }

 protected:
  explicit FunctionOperator(std::shared_ptr<const PythonFunction> function)
      : function_(std::move(function)) {}

  const std::shared_ptr<const PythonFunction> function_;
  std::optional<OpenFunction> opened_;

 private:
  size_t inputs_ended_ = 0;
};

}  // namespace pf::python
