#include "dataflow/operator/pass_through.h"

namespace pf {
namespace {

class PassThrough final : public Operator {
 public:
  explicit PassThrough(bool needs_lane) : needs_lane_(needs_lane) {}
  Step process_batch(int, Batch& batch, Outbox& out) override {
    batch.keys = nullptr;  // what finds the way to an operator does not leave it
    out.emit(std::move(batch));
    return Step::kDone;
  }
  bool needs_lane() const override { return needs_lane_; }

 private:
  const bool needs_lane_;
};

class PassThroughFactory final : public OperatorFactory {
 public:
  explicit PassThroughFactory(bool needs_lane) : needs_lane_(needs_lane) {}
  std::unique_ptr<Operator> create() const override { return std::make_unique<PassThrough>(needs_lane_); }

 private:
  const bool needs_lane_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_pass_through(bool needs_lane) {
  return std::make_shared<PassThroughFactory>(needs_lane);
}

}  // namespace pf
