#include "dataflow/time/batch_stamper.h"

#include <numeric>

namespace pf {
Batch BatchStamper::next(Batch& batch, WatermarkGenerator& generator, WatermarkOutput& out,
                         WatermarkEmitter& emitter) {
  const size_t begin = row_;
  if (begin == 0) {
    timestamps_ = batch.timestamps ? *batch.timestamps : std::vector<int64_t>(batch.size(), kMinTimestamp);
    batch.keys = nullptr;  // they say where to go to, and this is where
  }
  timeout_.start();
  while (row_ < batch.size()) {
    size_t end = generator.row_by_row() ? row_ + 1 : batch.size();
    if (assigner_) end = assigner_->assign(batch, row_, end, timestamps_);
    generator.on_events(batch, row_, end, timestamps_, out);
    row_ = end;
    if (!emitter.pending().empty() || timeout_.is_over()) break;
  }
  const size_t end = row_;
  const bool used_up = end == batch.size();
  if (used_up) row_ = 0;
  if (begin == 0 && used_up) {
    if (assigner_) {
      batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps_));
    }
    return std::move(batch);
  }
  std::vector<uint32_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
  Batch piece = batch.select(rows);
  if (assigner_) {
    piece.timestamps =
        std::make_shared<const std::vector<int64_t>>(timestamps_.data() + begin, timestamps_.data() + end);
  }
  return piece;
}

}  // namespace pf
