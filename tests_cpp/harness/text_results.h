#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/operator/operator.h"
#include "harness/values.h"

namespace pf::testing {

/// Texts that wait to be emitted, each with its time.
class TextResults {
 public:
  void add(std::string text, int64_t timestamp) {
    texts_.push_back(std::move(text));
    timestamps_.push_back(timestamp);
  }
  bool full(const OperatorContext& context) const { return texts_.size() >= context.batch_size; }
  void flush(Outbox& out) {
    if (texts_.empty()) return;
    Batch batch = strings(std::exchange(texts_, {}));
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::exchange(timestamps_, {}));
    out.emit(std::move(batch));
  }

 private:
  std::vector<std::string> texts_;
  std::vector<int64_t> timestamps_;
};

}  // namespace pf::testing
