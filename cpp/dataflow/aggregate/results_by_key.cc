#include "dataflow/aggregate/results_by_key.h"

#include <algorithm>
#include <numeric>

namespace pf {

void ResultsByKey::add(const Column& keys, const Column& values, int64_t timestamp) {
  if (!values_) values_ = GrowingColumn::of(values.type());
  std::string key;
  for (size_t row = 0; row < values.size(); ++row) {
    values_->push(values, row);
    key.clear();
    codec_->encode(keys, row, key);
    places_.push_back(key_order_->place_of(key));
    timestamps_.push_back(timestamp);
  }
}

std::optional<Batch> ResultsByKey::next(size_t most) {
  if (order_.size() < places_.size()) {
    order_.resize(places_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [this](uint32_t a, uint32_t b) { return places_[a] < places_[b]; });
  }
  if (next_ == order_.size()) return std::nullopt;
  auto some = std::span(order_).subspan(next_, std::min(most, order_.size() - next_));
  next_ += some.size();
  std::vector<int64_t> timestamps;
  for (uint32_t row : some) timestamps.push_back(timestamps_[row]);
  Batch batch;
  batch.values = values_->gather(some);
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps));
  return batch;
}

}  // namespace pf
