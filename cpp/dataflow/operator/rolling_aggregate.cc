#include "dataflow/operator/rolling_aggregate.h"

#include <algorithm>
#include <numeric>

#include "dataflow/aggregate/aggregate_state.h"
#include "dataflow/aggregate/results_by_key.h"
#include "dataflow/operator/aggregate_failure.h"
#include "dataflow/operator/other_state.h"
#include "state/column_key_codec.h"

namespace pf {
namespace {

class RollingAggregate final : public Operator {
 public:
  explicit RollingAggregate(std::shared_ptr<const Aggregation> aggregation)
      : aggregation_(std::move(aggregation)) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    auto codec = make_column_key_codec();
    refuse_state_of_other_kind(context, "value");
    state_ = context.create_keyed_state(codec);
    aggregates_.emplace(*aggregation_, codec, *state_);
    table_ = &aggregates_->table(0);
  }

  void close() override {
    aggregates_.reset();
    state_.reset();
  }

  Step process_batch(int, Batch& batch, Outbox& out) override {
    PF_CHECK(batch.keys && !batch.keys->opaque() && !batch.values->opaque());
    rows_.resize(batch.size());
    std::iota(rows_.begin(), rows_.end(), 0U);
    groups_.resize(batch.size());
    aggregates_->find(0, *table_, {*batch.keys, hashes_of(*batch.keys)}, rows_, groups_);
    GroupedRows added{*batch.values, rows_, groups_, aggregates_->next_ordinal()};
    aggregates_->advance_ordinal(batch.size());
    try {
      if (context_->batch_mode) {
        table_->groups.add(added);
      } else {
        emit(table_->groups.add_each(added), batch.timestamps, out);
      }
    } catch (const AggregateError& error) {
      fail(*context_, error, &batch);
    }
    aggregates_->make_room();
    return Step::kDone;
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

  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    return {.unwritten = state_->freeze(context)};
  }

 private:
  void take_results() {
    results_.emplace(make_column_key_codec(), context_->key_order);
    if (table_->stored) return take_stored();
    const std::vector<uint32_t> groups = all_below(table_->groups.size());
    results_->add(*table_->groups.keys(groups), *table_->groups.aggregates().results(groups), kMinTimestamp);
  }
  void take_stored() {
    aggregates_->write_all();
    for (AggregateState::Cursor cursor(*aggregates_, 0); !cursor.at_end(); cursor.advance()) {
      AggregateColumns one(*aggregation_);
      one.grow(1);
      ByteReader in(cursor.group());
      in.get_ordered64();  // rolling aggregates have no windows
      one.read(0, in);
      results_->add(*aggregates_->key_from(cursor.key()), *one.results(all_below(1)), kMinTimestamp);
    }
  }

  static void emit(ColumnPtr values, std::shared_ptr<const std::vector<int64_t>> timestamps, Outbox& out) {
    Batch batch;
    batch.values = std::move(values);
    batch.timestamps = std::move(timestamps);
    out.emit(std::move(batch));
  }

  std::shared_ptr<const Aggregation> aggregation_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<AggregateState> aggregates_;
  AggregateState::Table* table_ = nullptr;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> groups_;
  std::optional<ResultsByKey> results_;  // in BATCH mode, at the end
};

class RollingAggregateFactory final : public OperatorFactory {
 public:
  explicit RollingAggregateFactory(Aggregation aggregation)
      : aggregation_(std::make_shared<const Aggregation>(std::move(aggregation))) {
    aggregation_->check();
  }
  std::unique_ptr<Operator> create() const override {
    return std::make_unique<RollingAggregate>(aggregation_);
  }

 private:
  std::shared_ptr<const Aggregation> aggregation_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_rolling_aggregate(Aggregation aggregation) {
  return std::make_shared<RollingAggregateFactory>(std::move(aggregation));
}

}  // namespace pf
