#include "dataflow/operator/keyed_count.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "dataflow/aggregate/results_by_key.h"
#include "model/key_group.h"
#include "model/nested_column.h"
#include "serde/value_tag.h"
#include "state/column_key_codec.h"

namespace pf {
namespace {

struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

const KeyedStateInfo kCounts{"count", R"({"type":"LONG"})", false, false};

class KeyedCount final : public Operator {
 public:
  void open(OperatorContext& context) override {
    Operator::open(context);
    for (const auto& snapshot : context.restored) restore(*snapshot);
  }

  Step process_batch(int, Batch& batch, Outbox& out) override {
    const auto* keys = dynamic_cast<const StringColumn*>(batch.keys.get());
    if (!keys) throw Error("count needs a stream keyed by a native key of type STRING");
    std::vector<int64_t> counts(keys->size());
    for (size_t row = 0; row < keys->size(); ++row) {
      auto found = counts_.find(keys->value(row));
      if (found == counts_.end()) found = counts_.emplace(keys->value(row), 0).first;
      counts[row] = ++found->second;
    }
    if (context_->batch_mode) return Step::kDone;
    Batch counted;
    counted.values = with_counts(batch.keys, std::move(counts));
    counted.timestamps = batch.timestamps;
    out.emit(std::move(counted));
    return Step::kDone;
  }

  /// As a value state named 'count'.
  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    KeyedSnapshotWriter out(context_->max_parallelism);
    out.begin_state(kCounts);
    std::string key;
    std::string value;
    for (const auto& [word, count] : counts_) {
      key.clear();
      ByteWriter key_out(key);
      key_out.put_byte(static_cast<uint8_t>(ValueTag::kText));
      key_out.put_bytes(word);
      value.clear();
      ByteWriter(value).put_fixed64(static_cast<uint64_t>(count));
      out.add_row({key_group(key), entry_key(key, {}), {}, value});
    }
    return {std::make_shared<KeyedSnapshot>(out.finish())};
  }

  Step end_input(int, Outbox& out) override {
    if (!context_->batch_mode) return Step::kDone;
    if (!results_) take_results();
    std::optional<Batch> some = results_->next(context_->batch_size);
    if (!some) return Step::kDone;
    some->timestamps = nullptr;
    out.emit(std::move(*some));
    return Step::kAgain;
  }

 private:
  uint32_t key_group(std::string_view key) const {
    return key_group_of(codec_->hash_code(key), context_->max_parallelism);
  }
  void restore(const OperatorSnapshot& snapshot) {
    const KeyGroups own = key_groups_of(context_->subtask, context_->max_parallelism, context_->parallelism);
    snapshot.for_each_keyed_row(kCounts.name, own, [&](const KeyedStateInfo&, const KeyedRow& row) {
      ByteReader key(ByteReader(row.entry).get_bytes().substr(1));
      counts_[std::string(key.get_bytes())] = static_cast<int64_t>(ByteReader(row.value).get_fixed64());
    });
  }
  static ColumnPtr with_counts(ColumnPtr keys, std::vector<int64_t> counts) {
    size_t size = counts.size();
    return std::make_shared<StructColumn>(
        std::vector<ColumnPtr>{std::move(keys), std::make_shared<FixedColumn<int64_t>>(std::move(counts))},
        size);
  }
  void take_results() {
    results_.emplace(codec_, context_->key_order);
    StringColumnBuilder words;
    std::vector<int64_t> counts;
    for (const auto& [word, count] : counts_) {
      words.append(word);
      counts.push_back(count);
    }
    ColumnPtr keys = words.finish();
    results_->add(*keys, *with_counts(keys, std::move(counts)), kMinTimestamp);
  }

  using Counts = std::unordered_map<std::string, int64_t, ViewHash, std::equal_to<>>;
  const std::shared_ptr<const KeyCodec> codec_ = make_column_key_codec();
  Counts counts_;
  std::optional<ResultsByKey> results_;  // in BATCH mode, at the end
};

class KeyedCountFactory final : public OperatorFactory {
 public:
  std::unique_ptr<Operator> create() const override { return std::make_unique<KeyedCount>(); }
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_keyed_count() { return std::make_shared<KeyedCountFactory>(); }

}  // namespace pf
