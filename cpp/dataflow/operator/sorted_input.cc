#include "dataflow/operator/sorted_input.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include "base/error.h"

namespace pf {
namespace {

class SortedInput final : public Operator {
 public:
  SortedInput(std::unique_ptr<Operator> op, std::vector<std::shared_ptr<const KeyExtractorFactory>> keys)
      : op_(std::move(op)), keys_(std::move(keys)) {
    for (const auto& keys_of_input : keys_) {
      codecs_.push_back(keys_of_input ? keys_of_input->key_codec() : nullptr);
      needs_lane_ |= keys_of_input && keys_of_input->needs_lane();
      if (keys_of_input) order_ = keys_of_input->key_order();
    }
    needs_lane_ |= op_->needs_lane();
  }

  void open(OperatorContext& context) override {
    Operator::open(context);
    op_->open(context);
  }
  void close() override {
    current_.reset();
    stored_.clear();
    op_->close();
  }
  bool needs_lane() const override { return needs_lane_; }

  Step process_batch(int input, Batch& batch, Outbox& out) override {
    if (!codecs_[static_cast<size_t>(input)]) return op_->process_batch(input, batch, out);
    store(input, std::move(batch));
    return Step::kDone;
  }
  Step process_watermark(Watermark, Outbox&) override { return Step::kDone; }
  Step process_status(WatermarkStatus, Outbox&) override { return Step::kDone; }
  Step take_turn(Outbox& out) override { return op_->take_turn(out); }
  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    throw Error("'" + context_->operator_name +
                "' sorts its input, as BATCH mode does, where no checkpoints are taken: use STREAMING");
  }

  Step end_input(int, Outbox& out) override {
    if (phase_ == Phase::kCollecting) {
      if (++inputs_ended_ < keys_.size()) return Step::kDone;
      sort();
      phase_ = Phase::kRows;
    }
    if (phase_ == Phase::kRows) {
      Step step = hand_over(out);
      if (step != Step::kDone) return step;
      phase_ = Phase::kWatermark;
    }
    if (phase_ == Phase::kWatermark) {
      Step step = op_->process_watermark({kMaxTimestamp}, out);
      if (step != Step::kDone) return step;
      phase_ = Phase::kEnds;
    }
    for (; next_end_ < keys_.size(); ++next_end_) {
      Step step = op_->end_input(static_cast<int>(next_end_), out);
      if (step != Step::kDone) return step;
    }
    return Step::kDone;
  }

 private:
  enum class Phase : uint8_t { kCollecting, kRows, kWatermark, kEnds };
  struct Stored {
    int input;
    Batch batch;
  };
  struct Row {
    uint32_t key;  // in order of appearance, then in that of BATCH mode
    uint32_t row;  // of a stored batch
    size_t stored;
    int64_t timestamp;
  };

  void store(int input, Batch batch) {
    const KeyCodec& codec = *codecs_[static_cast<size_t>(input)];
    std::string key;
    for (uint32_t row = 0; row < batch.size(); ++row) {
      key.clear();
      codec.encode(*batch.keys, row, key);
      auto [found, added] = key_ids_.try_emplace(key, static_cast<uint32_t>(key_ids_.size()));
      rows_.push_back({found->second, row, stored_.size(), batch.timestamp_of(row)});
    }
    stored_.push_back({input, std::move(batch)});
  }

  void sort() {
    std::vector<std::tuple<std::string, std::string_view, uint32_t>> keys;
    for (const auto& [key, id] : key_ids_) keys.emplace_back(order_->place_of(key), key, id);
    std::sort(keys.begin(), keys.end());
    std::vector<uint32_t> rank(keys.size());
    for (uint32_t i = 0; i < keys.size(); ++i) rank[std::get<uint32_t>(keys[i])] = i;
    for (Row& row : rows_) row.key = rank[row.key];
    key_ids_.clear();
    std::stable_sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
      if (a.key != b.key) return a.key < b.key;
      if (a.timestamp != b.timestamp) return a.timestamp < b.timestamp;
      return stored_[a.stored].input < stored_[b.stored].input;
    });
  }

  Step hand_over(Outbox& out) {
    while (current_ || next_row_ < rows_.size()) {
      if (!current_) take_batch();
      Step step = op_->process_batch(current_->input, current_->batch, out);
      if (step != Step::kDone) return step;
      current_.reset();
      if (!out.has_room()) return Step::kAgain;
    }
    return Step::kDone;
  }

  /// The next rows of one input: as many as fit into a batch or, where rows of several batches cannot be put
  /// together, those of one.
  void take_batch() {
    const size_t first = next_row_;
    const int input = stored_[rows_[first].stored].input;
    const KeyExtractorFactory& keys = *keys_[static_cast<size_t>(input)];
    auto last_while = [&](auto belongs) {
      size_t last = first;
      while (last < rows_.size() && last - first < context_->batch_size && belongs(rows_[last])) ++last;
      return last;
    };
    if (op_->needs_lane()) {
      size_t last = last_while([&](const Row& row) { return stored_[row.stored].input == input; });
      if (auto batch = gather(keys, first, last)) {
        current_ = {input, std::move(*batch)};
        next_row_ = last;
        return;
      }
    }
    const size_t stored = rows_[first].stored;
    next_row_ = last_while([&](const Row& row) { return row.stored == stored; });
    std::vector<uint32_t> picked;
    for (size_t i = first; i < next_row_; ++i) picked.push_back(rows_[i].row);
    current_ = {input, stored_[stored].batch.select(picked)};
  }

  std::optional<Batch> gather(const KeyExtractorFactory& keys, size_t first, size_t last) const {
    std::vector<ColumnRow> values;
    std::vector<ColumnRow> row_keys;
    std::vector<int64_t> timestamps;
    std::vector<RowKind> kinds;
    bool timed = false;
    bool changes = false;
    for (size_t i = first; i < last; ++i) {
      const Batch& from = stored_[rows_[i].stored].batch;
      values.push_back({from.values.get(), rows_[i].row});
      row_keys.push_back({from.keys.get(), rows_[i].row});
      timestamps.push_back(rows_[i].timestamp);
      kinds.push_back(from.kinds ? (*from.kinds)[rows_[i].row] : RowKind::kInsert);
      timed |= from.timestamps != nullptr;
      changes |= from.kinds != nullptr;
    }
    Batch batch;
    batch.values = keys.gather(values);
    batch.keys = keys.gather(row_keys);
    if (!batch.values || !batch.keys) return std::nullopt;
    if (timed) batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps));
    if (changes) batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
    return batch;
  }

  const std::unique_ptr<Operator> op_;
  const std::vector<std::shared_ptr<const KeyExtractorFactory>> keys_;  // for each input
  std::vector<std::shared_ptr<const KeyCodec>> codecs_;
  std::shared_ptr<const KeyOrder> order_;  // all inputs have keys of the same type
  bool needs_lane_ = false;
  size_t inputs_ended_ = 0;
  Phase phase_ = Phase::kCollecting;
  std::vector<Stored> stored_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, uint32_t> key_ids_;
  size_t next_row_ = 0;
  std::optional<Stored> current_;
  size_t next_end_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_sorted_input(std::unique_ptr<Operator> op,
                                            std::vector<std::shared_ptr<const KeyExtractorFactory>> keys) {
  return std::make_unique<SortedInput>(std::move(op), std::move(keys));
}

}  // namespace pf
