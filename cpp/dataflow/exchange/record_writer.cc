#include "dataflow/exchange/record_writer.h"

#include <utility>

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {

RecordWriter::RecordWriter(std::unique_ptr<KeyExtractor> keys, std::unique_ptr<Partitioner> partitioner,
                           std::vector<Channel*> channels, TaskMetrics& metrics)
    : keys_(std::move(keys)),
      partitioner_(std::move(partitioner)),
      channels_(std::move(channels)),
      metrics_(metrics),
      rows_of_channel_(channels_.size()) {}

bool RecordWriter::ready() {
  for (Channel* channel : channels_) {
    if (!channel->has_credit()) return false;
  }
  return true;
}

void RecordWriter::announce() {
  if (!std::exchange(unannounced_, false)) return;
  for (Channel* channel : channels_) channel->announce();
}

void RecordWriter::write(StreamElement element) {
  PFPP_FAULT("channel.send");
  unannounced_ = true;
  if (auto* batch = std::get_if<Batch>(&element)) {
    if (batch->size() > 0) write_batch(std::move(*batch));
    return;
  }
  const bool far = announces_barriers_ &&
                   (std::holds_alternative<Barrier>(element) || std::holds_alternative<EndOfInput>(element));
  for (Channel* channel : channels_) far ? channel->push_announced(element) : channel->push(element);
}

bool RecordWriter::catch_up() {
  bool all = true;
  for (Channel* channel : channels_) all &= channel->catch_up();
  return all;
}

void RecordWriter::write_batch(Batch batch) {
  if (keys_) keys_->extract(batch);
  switch (partitioner_->route(batch, targets_)) {
    case Partitioner::Route::kWhole:
      send(targets_[0], std::move(batch));
      return;
    case Partitioner::Route::kAll:
      for (uint32_t i = 0; i + 1 < channels_.size(); ++i) {
        Batch own = batch;
        own.detach(Detach::kAll);
        send(i, std::move(own));
      }
      send(static_cast<uint32_t>(channels_.size()) - 1, std::move(batch));
      return;
    case Partitioner::Route::kEach:
      break;
  }
  for (auto& rows : rows_of_channel_) rows.clear();
  for (uint32_t row = 0; row < targets_.size(); ++row) rows_of_channel_[targets_[row]].push_back(row);
  for (uint32_t i = 0; i < channels_.size(); ++i) {
    if (!rows_of_channel_[i].empty()) send(i, batch.select(rows_of_channel_[i]));
  }
}

void RecordWriter::send(uint32_t channel, Batch batch) {
  metrics_.bytes_out.add(static_cast<int64_t>(batch.values->bytes()));
  channels_[channel]->push(std::move(batch));
}

}  // namespace pf
