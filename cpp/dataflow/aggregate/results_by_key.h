#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/growing_column.h"
#include "model/stream_element.h"
#include "state/key_codec.h"

namespace pf {

/// Results of windows in BATCH mode, where those of a key come before those of the next one: kept until all
/// are known, then given in the order of the keys' bytes, which is that of the input; for each key as they
/// came. Lives on the task's thread. No checkpoint is taken in that mode.
class ResultsByKey {
 public:
  explicit ResultsByKey(std::shared_ptr<const KeyCodec> codec) : codec_(std::move(codec)) {}

  /// One result for each key, all with this timestamp. The values are always of the same type.
  void add(const Column& keys, const Column& values, int64_t timestamp);
  /// After all were added: up to so many at a time, until there are none left.
  std::optional<Batch> next(size_t most);

 private:
  std::shared_ptr<const KeyCodec> codec_;
  std::unique_ptr<GrowingColumn> values_;
  std::vector<int64_t> timestamps_;
  std::vector<std::string> keys_;
  std::vector<uint32_t> order_;
  size_t next_ = 0;
};

}  // namespace pf
