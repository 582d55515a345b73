#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/growing_column.h"
#include "model/stream_element.h"
#include "state/key_codec.h"
#include "state/key_order.h"

namespace pf {

/// Results in BATCH mode, where those of a key come before those of the next one: kept until all are known,
/// then given in the order of keys; for each key as they came. Lives on the task's thread. No checkpoint is
/// taken in that mode.
class ResultsByKey {
 public:
  ResultsByKey(std::shared_ptr<const KeyCodec> codec, std::shared_ptr<const KeyOrder> order)
      : codec_(std::move(codec)), key_order_(std::move(order)) {}

  /// One result for each key, all with this timestamp. The values are always of the same type.
  void add(const Column& keys, const Column& values, int64_t timestamp);
  /// After all were added: up to so many at a time, until there are none left.
  std::optional<Batch> next(size_t most);

 private:
  std::shared_ptr<const KeyCodec> codec_;
  std::shared_ptr<const KeyOrder> key_order_;
  std::unique_ptr<GrowingColumn> values_;
  std::vector<int64_t> timestamps_;
  std::vector<std::string> places_;  // of their keys
  std::vector<uint32_t> order_;
  size_t next_ = 0;
};

}  // namespace pf
