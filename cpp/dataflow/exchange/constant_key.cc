#include "dataflow/exchange/constant_key.h"

namespace pf {
namespace {

class ConstantKey final : public KeyExtractor {
 public:
  void extract(Batch& batch) override {
    batch.keys = std::make_shared<FixedColumn<int8_t>>(std::vector<int8_t>(batch.size(), 0));
  }
};

class ConstantKeyFactory final : public KeyExtractorFactory {
 public:
  std::unique_ptr<KeyExtractor> create() const override { return std::make_unique<ConstantKey>(); }
};

}  // namespace

std::shared_ptr<const KeyExtractorFactory> make_constant_key() {
  return std::make_shared<ConstantKeyFactory>();
}

}  // namespace pf
