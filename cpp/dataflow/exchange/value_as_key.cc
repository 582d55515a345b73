#include "dataflow/exchange/value_as_key.h"

namespace pf {
namespace {

class ValueAsKey final : public KeyExtractor {
 public:
  void extract(Batch& batch) override { batch.keys = batch.values; }
};

class ValueAsKeyFactory final : public KeyExtractorFactory {
 public:
  std::unique_ptr<KeyExtractor> create() const override { return std::make_unique<ValueAsKey>(); }
};

}  // namespace

std::shared_ptr<const KeyExtractorFactory> make_value_as_key() {
  return std::make_shared<ValueAsKeyFactory>();
}

}  // namespace pf
