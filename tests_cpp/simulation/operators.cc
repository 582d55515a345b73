#include "simulation/operators.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "control/time/timer_service.h"
#include "dataflow/source/split_state.h"
#include "harness/test_operators.h"
#include "harness/values.h"
#include "serde/bytes.h"
#include "state/list_state.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

class NumberedSource final : public Source {
 public:
  NumberedSource(World* world, const std::vector<int64_t>& partitions) : world_(world) {
    for (int64_t partition : partitions) splits_.push_back({partition, 0});
  }

  void open(OperatorContext& context) override {
    Source::open(context);
    world_->on_restored(context.restored_checkpoint_id);
    state_.emplace(context, R"({"type":"numbered partition"})");
    auto restored = state_->restored();
    if (restored) splits_.clear();
    for (const std::string& text : restored.value_or(std::vector<std::string>())) {
      std::istringstream in(text);
      Split split{};
      in >> split.partition >> split.next;
      splits_.push_back(split);
    }
    if (!restored && context.restored_checkpoint_id) splits_.clear();  // it had left
    for (const Split& split : splits_) world_->on_read(split.partition, split.next);
  }

  Poll poll(Outbox& out) override {
    if (waits_ > 0) {
      --waits_;
      context_->wake_after(1'000'000);
      return Poll::kWait;
    }
    emit(out);
    std::vector<size_t> unread;
    for (size_t i = 0; i < splits_.size(); ++i) {
      if (splits_[i].next < world_->records_in(splits_[i].partition)) unread.push_back(i);
    }
    if (unread.empty()) return out.has_room() ? Poll::kEnd : Poll::kMore;
    Split& split = splits_[unread[turn_++ % unread.size()]];
    for (int64_t i = 0; i <= turn_ % 3 && split.next < world_->records_in(split.partition); ++i) {
      buffer_.push_back(split.partition * World::kRecordsApart + split.next++);
    }
    world_->on_read(split.partition, split.next);
    waits_ = turn_ % 4 == 0 ? turn_ % 3 : 0;
    return Poll::kMore;
  }

  Step prepare_snapshot(Outbox& out) override {
    emit(out);
    return Step::kDone;
  }

  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    std::vector<std::string> splits;
    for (const Split& split : splits_) {
      splits.push_back(std::to_string(split.partition) + " " + std::to_string(split.next));
    }
    return state_->snapshot(splits);
  }

 private:
  struct Split {
    int64_t partition;
    int64_t next;
  };

  /// What was read before, with the watermark that then holds.
  void emit(Outbox& out) {
    if (buffer_.empty()) return;
    Batch batch = longs(buffer_);
    auto times = std::make_shared<std::vector<int64_t>>();
    for (int64_t record : buffer_) times->push_back(time_of(record));
    batch.timestamps = std::move(times);
    buffer_.clear();
    out.emit(std::move(batch));
    int64_t watermark = kMaxTimestamp;
    for (const Split& split : splits_) {
      if (split.next == world_->records_in(split.partition)) continue;
      watermark = std::min(watermark, 10 * split.next - 1);
    }
    if (watermark != kMaxTimestamp && watermark > watermark_) {
      watermark_ = watermark;
      out.emit_to_all(Watermark{watermark});
    }
  }

  World* const world_;
  std::vector<Split> splits_;
  std::optional<SplitState> state_;
  std::vector<int64_t> buffer_;
  int64_t turn_ = 0;
  int64_t waits_ = 0;
  int64_t watermark_ = kMinTimestamp;
};

class NumberKeys final : public KeyExtractorFactory {
 public:
  explicit NumberKeys(int64_t keys) : keys_(keys) {}
  std::unique_ptr<KeyExtractor> create() const override {
    class Extractor final : public KeyExtractor {
     public:
      explicit Extractor(int64_t keys) : keys_(keys) {}
      void extract(Batch& batch) override {
        std::vector<int64_t> keys = longs_of(batch);
        for (int64_t& key : keys) key %= keys_;
        batch.keys = std::make_shared<FixedColumn<int64_t>>(std::move(keys));
      }

     private:
      const int64_t keys_;
    };
    return std::make_unique<Extractor>(keys_);
  }

 private:
  const int64_t keys_;
};

/// What all operators but sinks have in common: the ledger, and the checks.
class Watched : public Operator {
 public:
  explicit Watched(World* world) : world_(world) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    world_->on_restored(context.restored_checkpoint_id);
    lists_ = context.create_operator_state();
    ledger_ =
        &lists_->declare("ledger", Redistribution::kSplit, make_bytes_serializer(R"({"type":"ledger"})"));
    for (Datum item : ledger_->items()) {
      for (ByteReader in(bytes_of(item)); !in.at_end();) seen_.push_back(in.get_fixed64());
    }
  }
  Step process_watermark(Watermark watermark, Outbox& out) override {
    if (watermark.timestamp < watermark_) world_->violate(context_->operator_name + ": the watermark falls");
    watermark_ = watermark.timestamp;
    return Operator::process_watermark(watermark, out);
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    world_->note(context_->operator_name + " at " + std::to_string(context.checkpoint_id));
    std::string bytes;
    for (uint64_t record : seen_) ByteWriter(bytes).put_fixed64(record);
    ledger_->update({datum_of_bytes(std::move(bytes))});
    return {.lists = lists_->snapshot()};
  }
  void notify_checkpoint_complete(int64_t checkpoint) override { world_->on_notified(checkpoint, true); }
  void notify_checkpoint_aborted(int64_t checkpoint) override { world_->on_notified(checkpoint, false); }

 protected:
  /// To be called for each batch that counts.
  std::vector<int64_t> take(const Batch& batch) {
    std::vector<int64_t> records = longs_of(batch);
    for (int64_t record : records) {
      world_->note(static_cast<uint64_t>(record));
      seen_.push_back(static_cast<uint64_t>(record));
      if (time_of(record) > watermark_) continue;
      world_->violate(context_->operator_name + ": record " + std::to_string(record) +
                      " comes behind the watermark " + std::to_string(watermark_));
    }
    return records;
  }

  World* const world_;
  int64_t watermark_ = kMinTimestamp;

 private:
  std::unique_ptr<OperatorStateBackend> lists_;
  OperatorListState* ledger_ = nullptr;
  std::vector<uint64_t> seen_;
};

class Relay final : public Watched {
 public:
  using Watched::Watched;
  Step process_batch(int, Batch& batch, Outbox& out) override {
    take(batch);
    batch.keys = nullptr;
    out.emit(std::move(batch));
    return Step::kDone;
  }
};

class Keyed : public Watched {
 public:
  using Watched::Watched;
  void open(OperatorContext& context) override {
    Watched::open(context);
    state_ = context.create_keyed_state(codec_);
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    OperatorSnapshot snapshot = Watched::snapshot_state(context);
    snapshot.unwritten = state_->freeze(context);
    return snapshot;
  }

 protected:
  void enter(const Batch& batch, size_t row) {
    key_.clear();
    codec_->encode(*batch.keys, row, key_);
    state_->set_current(key_);
  }
  /// Of a state that has to be there.
  uint64_t word_of(ValueState& state) {
    if (const Datum* value = state.find()) return value->word;
    world_->violate(context_->operator_name + " has lost the state of a key");
    return 0;
  }
  StateId declare(const std::string& name, StateDescriptor::Kind kind) {
    return state_->declare({name, kind, make_long_serializer(), nullptr, std::nullopt});
  }

  const std::shared_ptr<const KeyCodec> codec_ = make_column_key_codec();
  std::unique_ptr<KeyedStateBackend> state_;

 private:
  std::string key_;
};

class KeyedCounting final : public Keyed {
 public:
  KeyedCounting(World* world, bool totals) : Keyed(world), totals_(totals) {}
  void open(OperatorContext& context) override {
    Keyed::open(context);
    count_.emplace(*state_, declare("count", StateDescriptor::Kind::kValue));
    key_of_.emplace(*state_, declare("key", StateDescriptor::Kind::kValue));
  }
  Step process_batch(int, Batch& batch, Outbox& out) override {
    // A record at a time, so that there is something between the rows of a batch.
    const uint32_t row = next_row_++;
    take(batch.select(std::span(&row, 1)));
    const int64_t key = longs_of(*batch.keys)[row];
    const int64_t record = longs_of(batch)[row];
    int64_t& last = last_[{key, record / World::kRecordsApart}];
    if (record < last)
      world_->violate("record " + std::to_string(record) + " comes behind " + std::to_string(last));
    last = record;
    enter(batch, row);
    Datum* before = count_->find();
    uint64_t count = before ? before->word + 1 : 1;
    count_->put({count});
    key_of_->put({static_cast<uint64_t>(key)});
    out.emit(strings({std::to_string(key) + " #" + std::to_string(count)}));
    if (next_row_ < batch.size()) return Step::kYield;
    next_row_ = 0;
    return Step::kDone;
  }
  std::optional<size_t> pause_in_batch(Outbox&) override { return next_row_; }
  Step end_input(int, Outbox& out) override {
    std::vector<std::string> texts;
    if (totals_) {
      state_->for_each_key(*state_->find("count"), [&] {
        texts.push_back("total " + std::to_string(word_of(*key_of_)) + " = " +
                        std::to_string(word_of(*count_)));
      });
    }
    std::sort(texts.begin(), texts.end());
    if (!texts.empty()) out.emit(strings(texts));
    return Step::kDone;
  }

 private:
  const bool totals_;
  std::optional<ValueState> count_;
  std::optional<ValueState> key_of_;
  uint32_t next_row_ = 0;
  std::map<std::pair<int64_t, int64_t>, int64_t> last_;  // of each key and partition
};

class KeyedTiming final : public Keyed {
 public:
  using Keyed::Keyed;
  void open(OperatorContext& context) override {
    Keyed::open(context);
    waiting_.emplace(*state_, declare("waiting", StateDescriptor::Kind::kList));
    key_of_.emplace(*state_, declare("key", StateDescriptor::Kind::kValue));
    timers_.emplace(*state_, *context.clock, context.request_turn_at);
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    std::vector<int64_t> records = take(batch);
    for (size_t row = 0; row < records.size(); ++row) {
      enter(batch, row);
      waiting_->add({static_cast<uint64_t>(records[row])});
      key_of_->put({static_cast<uint64_t>(longs_of(*batch.keys)[row])});
      timers_->register_processing_timer(timers_->current_processing_time() + 2 + records[row] % 7);
      timers_->register_event_timer(timer_of(records[row]));
    }
    return Step::kDone;
  }
  Step process_watermark(Watermark watermark, Outbox& out) override {
    timers_->advance_watermark(watermark.timestamp);
    std::vector<std::string> texts;
    while (auto time = timers_->next_event_timer()) {
      texts.push_back("timer " + std::to_string(word_of(*key_of_)) + " " + std::to_string(*time));
    }
    if (!texts.empty()) out.emit(strings(texts));
    return Keyed::process_watermark(watermark, out);
  }
  Step take_turn(Outbox& out) override {
    std::vector<std::string> texts;
    while (timers_->next_processing_timer()) release(texts);
    if (!texts.empty()) out.emit(strings(texts));
    return Step::kDone;
  }
  Step end_input(int, Outbox& out) override {
    std::vector<std::string> texts;
    std::vector<std::string> entries;
    state_->for_each_key(*state_->find("waiting"), [&] { entries.emplace_back(state_->current_entry()); });
    std::sort(entries.begin(), entries.end());
    for (const std::string& entry : entries) {
      state_->set_current_entry(entry);
      release(texts);
    }
    if (!texts.empty()) out.emit(strings(texts));
    return Step::kDone;
  }
  void close() override { timers_.reset(); }

 private:
  void release(std::vector<std::string>& texts) {
    for (Datum record : waiting_->get()) texts.push_back("after " + std::to_string(record.word));
    waiting_->clear();
  }

  std::optional<ListState> waiting_;
  std::optional<ValueState> key_of_;
  std::optional<TimerService> timers_;
};

class Broadcasting final : public Watched {
 public:
  using Watched::Watched;
  void open(OperatorContext& context) override {
    Watched::open(context);
    state_ = context.create_broadcast_state(codec_);
    times_.emplace(*state_, declare("times"));
    number_.emplace(*state_, declare("number"));
  }
  Step process_batch(int input, Batch& batch, Outbox& out) override {
    if (input == 1) {
      for (int64_t number : longs_of(batch)) count(number);
      return Step::kDone;
    }
    std::vector<std::string> texts;
    for (int64_t record : take(batch)) texts.push_back("main " + std::to_string(record));
    out.emit(strings(texts));
    return Step::kDone;
  }
  Step end_input(int input, Outbox& out) override {
    ended_ |= 1 << input;
    if (ended_ != 3) return Step::kDone;
    std::vector<std::string> texts;
    state_->for_each_key(*state_->find("times"), [&] {
      texts.push_back("control " + std::to_string(number_->find()->word) + " = " +
                      std::to_string(times_->find()->word));
    });
    std::sort(texts.begin(), texts.end());
    if (!texts.empty()) out.emit(strings(texts));
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    OperatorSnapshot snapshot = Watched::snapshot_state(context);
    snapshot.broadcast = state_->snapshot();
    return snapshot;
  }

 private:
  StateId declare(const std::string& name) {
    return state_->declare(
        {name, StateDescriptor::Kind::kValue, make_long_serializer(), nullptr, std::nullopt});
  }
  void count(int64_t number) {
    std::string key;
    codec_->encode(FixedColumn<int64_t>({number}), 0, key);
    state_->set_current(key);
    const Datum* before = times_->find();
    times_->put({before ? before->word + 1 : 1});
    number_->put({static_cast<uint64_t>(number)});
  }

  const std::shared_ptr<const KeyCodec> codec_ = make_column_key_codec();
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<ValueState> times_;
  std::optional<ValueState> number_;
  int ended_ = 0;
};

/// What is before a checkpoint is a transaction of it: the checkpoint keeps it, and when that is complete it
/// is committed; so it is by whoever goes on from the checkpoint.
class TwoPhaseSink final : public Operator {
 public:
  explicit TwoPhaseSink(World* world) : world_(world) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    world_->on_restored(context.restored_checkpoint_id);
    lists_ = context.create_operator_state();
    kept_ = &lists_->declare("pending", Redistribution::kSplit,
                             make_bytes_serializer(R"({"type":"transaction"})"));
    for (Datum item : kept_->items()) {
      ByteReader in(bytes_of(item));
      Transaction transaction{std::string(in.get_bytes()), in.get_fixed64(), {}};
      while (!in.at_end()) transaction.values.emplace_back(in.get_bytes());
      commit(transaction);
    }
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    for (std::string& text : strings_of(batch)) {
      world_->note(text);
      open_.push_back(std::move(text));
    }
    return Step::kDone;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    world_->note(context_->operator_name + " at " + std::to_string(context.checkpoint_id));
    auto id = static_cast<uint64_t>(context.checkpoint_id);
    std::ostringstream name;
    name << context_->operator_name << " of process " << world_->processes() << " attempt "
         << context_->attempt << " of " << context_->subtask << " at " << id;
    if (!open_.empty()) pending_[id] = {name.str(), id, std::exchange(open_, {})};
    std::vector<Datum> items;
    for (const auto& [checkpoint, transaction] : pending_) {
      std::string bytes;
      ByteWriter out(bytes);
      out.put_bytes(transaction.name);
      out.put_fixed64(transaction.checkpoint);
      for (const std::string& value : transaction.values) out.put_bytes(value);
      items.push_back(datum_of_bytes(std::move(bytes)));
    }
    kept_->update(std::move(items));
    return {.lists = lists_->snapshot()};
  }
  void notify_checkpoint_complete(int64_t checkpoint) override {
    world_->on_notified(checkpoint, true);
    while (!pending_.empty() && pending_.begin()->first <= static_cast<uint64_t>(checkpoint)) {
      commit(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
  }
  void notify_checkpoint_aborted(int64_t checkpoint) override { world_->on_notified(checkpoint, false); }

 private:
  struct Transaction {
    std::string name;
    uint64_t checkpoint = 0;
    std::vector<std::string> values;
  };

  void commit(const Transaction& transaction) {
    PFPP_FAULT("sink.commit");
    world_->commit(transaction.name, transaction.checkpoint, transaction.values);
    PFPP_FAULT("sink.committed");
  }

  World* const world_;
  std::unique_ptr<OperatorStateBackend> lists_;
  OperatorListState* kept_ = nullptr;
  std::vector<std::string> open_;
  std::map<uint64_t, Transaction> pending_;
};

}  // namespace

int64_t time_of(int64_t record) {
  // Somewhat out of order within what the source's watermark allows.
  return 10 * (record % World::kRecordsApart) + record * 7 % 25;
}
int64_t timer_of(int64_t record) { return (time_of(record) / 40 + 2) * 40; }

std::shared_ptr<const SourceFactory> numbered_source(World& world, std::vector<int64_t> partitions) {
  return std::make_shared<FunctionSourceFactory>([=, &world](uint32_t subtask, uint32_t parallelism) {
    std::vector<int64_t> share;
    for (size_t i = subtask; i < partitions.size(); i += parallelism) share.push_back(partitions[i]);
    return std::make_unique<NumberedSource>(&world, share);
  });
}

std::shared_ptr<const KeyExtractorFactory> key_of_number(int64_t keys) {
  return std::make_shared<NumberKeys>(keys);
}

std::shared_ptr<const OperatorFactory> relay(World& world) { return operator_of<Relay>(&world); }
std::shared_ptr<const OperatorFactory> keyed_counting(World& world, bool totals) {
  return operator_of<KeyedCounting>(&world, totals);
}
std::shared_ptr<const OperatorFactory> keyed_timing(World& world) { return operator_of<KeyedTiming>(&world); }
std::shared_ptr<const OperatorFactory> broadcasting(World& world) {
  return operator_of<Broadcasting>(&world);
}
std::shared_ptr<const OperatorFactory> two_phase_sink(World& world) {
  return operator_of<TwoPhaseSink>(&world);
}

}  // namespace pf::testing
