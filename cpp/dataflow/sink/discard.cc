#include "dataflow/sink/discard.h"

namespace pf {
namespace {

class Discard final : public Operator {
 public:
  Step process_batch(int, Batch&, Outbox&) override { return Step::kDone; }
};

class DiscardFactory final : public OperatorFactory {
 public:
  std::unique_ptr<Operator> create() const override { return std::make_unique<Discard>(); }
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_discard() { return std::make_shared<DiscardFactory>(); }

}  // namespace pf
