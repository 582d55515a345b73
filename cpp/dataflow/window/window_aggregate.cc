#include "dataflow/window/window_aggregate.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "dataflow/aggregate/results_by_key.h"
#include "dataflow/operator/aggregate_failure.h"
#include "dataflow/window/sliding_merge.h"
#include "dataflow/window/window.h"
#include "dataflow/window/window_slices.h"
#include "dataflow/window/window_state.h"
#include "model/nested_column.h"
#include "state/column_key_codec.h"

namespace pf {
namespace {

/// Sliding windows share slices: a record is added to one, and windows that fire are merged from theirs.
/// Where that could change a result in its last bit, each window has a table of its own. Within a batch the
/// watermark stands still, so rows of one slice are added at once, unless some of them make a window fire.
/// Lives on the task's thread. What a checkpoint keeps: the tables, and how far they have been shown.
class WindowAggregate final : public Operator {
 public:
  explicit WindowAggregate(std::shared_ptr<const WindowAggregatePlan> plan)
      : plan_(std::move(plan)),
        slices_(plan_->size, plan_->slide, plan_->offset),
        shared_(plan_->size > plan_->slide && plan_->aggregation.merges_exactly()),
        sliding_(plan_->aggregation),
        merged_(plan_->aggregation),
        single_(plan_->aggregation) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    auto codec = make_column_key_codec();
    refuse_windows_of_other_kind(context, WindowState::kAggregates);
    state_ = context.create_keyed_state(codec);
    aggregates_.emplace(plan_->aggregation, codec, *state_);
    if (context.batch_mode) by_key_.emplace(codec, context.key_order);
    auto late = std::find(context.side_outputs.begin(), context.side_outputs.end(), plan_->late_output);
    if (!plan_->late_output.empty() && late != context.side_outputs.end()) {
      late_slot_ = static_cast<int>(late - context.side_outputs.begin()) + 1;
    }
    request_turn();
  }

  void close() override {
    firing_.reset();
    aggregates_.reset();
    state_.reset();
  }

  Step process_batch(int, Batch& batch, Outbox& out) override {
    if (!started_) begin_batch(batch);
    try {
      if (!loud_) {
        add_all(batch);
      } else if (!add_one_by_one(batch, out)) {
        return Step::kAgain;
      }
    } catch (const AggregateError& error) {
      fail(*context_, error, &batch);
    }
    emit_late(batch, out);
    aggregates_->advance_ordinal(batch.size());
    if (aggregates_->make_room()) sliding_.reset();
    started_ = false;
    request_turn();
    return Step::kDone;
  }

  Step process_watermark(Watermark watermark, Outbox& out) override {
    watermark_ = watermark.timestamp;
    if (by_key_ && watermark_ == kMaxTimestamp) {
      // The end of all keys, where windows of the clock fire, too.
      if (!fire_until(kMaxTimestamp, out)) return Step::kAgain;
      std::optional<Batch> results = by_key_->next(context_->batch_size);
      if (results) {
        out.emit(std::move(*results));
        return Step::kAgain;
      }
      out.emit_to_all(watermark);
      return Step::kDone;
    }
    if (plan_->event_time && !fire_until(watermark_, out)) return Step::kAgain;
    out.emit_to_all(watermark);
    return Step::kDone;
  }

  Step take_turn(Outbox& out) override {
    if (plan_->event_time || context_->batch_mode) return Step::kDone;
    // As in Flink, the last millisecond of a window has to be over.
    if (!fire_until(context_->clock->epoch_millis() - 1, out)) return Step::kAgain;
    request_turn();
    return Step::kDone;
  }

  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    aggregates_->set_shown_until(shown_until_);
    return {.unwritten = state_->freeze(context)};
  }

 private:
  enum class Reception : uint8_t { kNowhere, kLate, kQuiet, kLoud };
  /// Rows of a batch in one slice.
  struct Part {
    WindowSlices::Slice slice;
    Reception reception;
    int64_t last_window;
    int64_t last_over;  // of its windows
    std::vector<uint32_t> rows;
  };
  /// A window whose results are coming out.
  struct Firing {
    int64_t window;
    const AggregateTable* groups = nullptr;  // null: by cursors
    uint32_t next = 0;
    std::vector<AggregateState::Cursor> cursors;
  };

  // -- the rows of a batch

  void begin_batch(const Batch& batch) {
    PF_CHECK(batch.keys && !batch.keys->opaque() && !batch.values->opaque());
    started_ = true;
    loud_ = false;
    parts_used_ = 0;
    part_of_slice_.clear();
    late_.clear();
    next_row_ = 0;
    next_window_.reset();
    hashes_.resize(batch.size());
    batch.keys->hash_codes(hashes_);
    part_of_row_.resize(batch.size());
    if (plan_->event_time) {
      for (uint32_t row = 0; row < batch.size(); ++row) put_into_part(row, time_of(batch, row));
    } else {
      // What has been shown is over, even if the clock has been put back.
      int64_t now = std::max(context_->clock->epoch_millis(), saturating_add(shown_until_, 1));
      for (uint32_t row = 0; row < batch.size(); ++row) put_into_part(row, now);
    }
    for (size_t part = 0; part < parts_used_; ++part) {
      Reception reception = parts_[part].reception;
      loud_ |= reception == Reception::kLoud;
      if (reception == Reception::kLate || reception == Reception::kNowhere) list_late(batch, parts_[part]);
    }
    std::sort(late_.begin(), late_.end());
  }

  int64_t time_of(const Batch& batch, uint32_t row) const {
    int64_t time = batch.timestamp_of(row);
    if (time != kMinTimestamp) return time;
    throw OperatorFailure(
        *context_,
        "Record has Long.MIN_VALUE timestamp (= no timestamp marker), which event-time windows need. Did you "
        "forget to call assign_timestamps_and_watermarks, or are processing-time windows meant?",
        batch, row);
  }

  void put_into_part(uint32_t row, int64_t time) {
    uint32_t part = row == 0 ? 0 : part_of_row_[row - 1];
    if (row == 0 || time < parts_[part].slice.begin || time >= parts_[part].slice.end) {
      WindowSlices::Slice slice = slices_.slice_of(time);
      auto [known, is_new] = part_of_slice_.try_emplace(slice.begin, parts_used_);
      if (is_new) begin_part(slice);
      part = known->second;
    }
    parts_[part].rows.push_back(row);
    part_of_row_[row] = part;
  }

  void begin_part(WindowSlices::Slice slice) {
    if (parts_.size() == parts_used_) parts_.emplace_back();
    Part& part = parts_[parts_used_++];
    part.slice = slice;
    part.rows.clear();
    auto last = slices_.last_window_of(slice.begin);
    part.last_window = part.last_over = last.value_or(0);
    if (!last) {
      part.reception = Reception::kNowhere;
    } else if (is_late(*last)) {
      part.reception = Reception::kLate;
    } else {
      part.last_over = std::min(*last, last_window_over());
      bool loud = part.last_over >= slices_.first_window_of(slice.begin) && is_loud(part.last_over);
      part.reception = loud ? Reception::kLoud : Reception::kQuiet;
    }
  }

  int64_t last_window_over() const {
    return saturating_add(slices_.first_window_ending_behind(watermark_), -plan_->slide);
  }

  bool is_over(int64_t window) const {
    return plan_->event_time && slices_.max_timestamp(window) <= watermark_;
  }
  bool is_late(int64_t window) const { return is_over(window) && cleanup_time(window) <= watermark_; }
  /// Fires for each record.
  bool is_loud(int64_t window) const { return is_over(window) && !is_late(window); }
  int64_t cleanup_time(int64_t window) const {
    return saturating_add(slices_.max_timestamp(window), plan_->event_time ? plan_->allowed_lateness : 0);
  }

  void add_all(const Batch& batch) {
    if (shared_ || parts_used_ == 1 || plan_->size <= plan_->slide) {
      for (size_t part = 0; part < parts_used_; ++part) add(batch, parts_[part], parts_[part].rows);
      return;
    }
    // Each window sees its rows in order, whichever of its slices they are in.
    std::map<int64_t, std::vector<uint32_t>> rows_of_window;
    for (size_t part = 0; part < parts_used_; ++part) {
      for_each_window(parts_[part], [&](int64_t window) {
        auto& rows = rows_of_window[window];
        rows.insert(rows.end(), parts_[part].rows.begin(), parts_[part].rows.end());
      });
    }
    for (auto& [window, rows] : rows_of_window) {
      std::sort(rows.begin(), rows.end());
      add_to(window, batch, rows);
    }
  }

  void add(const Batch& batch, const Part& part, std::span<const uint32_t> rows) {
    if (part.reception == Reception::kLate || part.reception == Reception::kNowhere) return;
    if (shared_) return add_to(part.slice.begin, batch, rows);
    for_each_window(part, [&](int64_t window) { add_to(window, batch, rows); });
  }

  /// The latest first, without those that take no more records.
  template <typename Visit>
  void for_each_window(const Part& part, Visit visit) const {
    if (part.reception == Reception::kLate || part.reception == Reception::kNowhere) return;
    const int64_t first = slices_.first_window_of(part.slice.begin);
    for (int64_t window = part.last_window; window >= first && !is_late(window);
         window = saturating_add(window, -plan_->slide)) {
      visit(window);
      if (window == kMinTimestamp) return;
    }
  }

  void add_to(int64_t id, const Batch& batch, std::span<const uint32_t> rows) {
    AggregateState::Table& table = aggregates_->table(id);
    HashedKeys keys{*batch.keys, hashes_};
    groups_.resize(rows.size());
    aggregates_->find(id, table, keys, rows, groups_);
    GroupedRows added{*batch.values, rows, groups_, aggregates_->next_ordinal()};
    table.groups.add(added);
    if (shared_) sliding_.add(id, keys, added);
  }

  /// Each row, and then the windows that fire for it. False when they have to be passed on first.
  bool add_one_by_one(const Batch& batch, Outbox& out) {
    for (; next_row_ < batch.size(); ++next_row_) {
      const Part& part = parts_[part_of_row_[next_row_]];
      if (!next_window_) add(batch, part, {&next_row_, 1});
      if (part.reception == Reception::kLoud) {
        const int64_t first = slices_.first_window_of(part.slice.begin);
        int64_t window = next_window_.value_or(part.last_over);
        for (; window >= first && !is_late(window); window = saturating_add(window, -plan_->slide)) {
          if (!out.has_room()) {
            next_window_ = window;
            return false;
          }
          emit_one(batch, window, out);
        }
      }
      next_window_.reset();
    }
    return out.has_room();
  }

  /// What the window of a row has become.
  void emit_one(const Batch& batch, int64_t window, Outbox& out) {
    HashedKeys keys{*batch.keys, hashes_};
    uint32_t only = 0;
    merged_.clear();
    merged_.find(keys, {&next_row_, 1}, {&only, 1});
    for (auto table = first_table(window); table != aggregates_->tables().end(); ++table) {
      if (table->first >= end_of_tables(window)) break;
      auto group = aggregates_->find_existing(table->first, table->second, keys, next_row_);
      if (!group) continue;
      merged_.aggregates().merge(table->second.groups.aggregates(), {&*group, 1}, {&only, 1});
    }
    emit(merged_, {&only, 1}, window, out);
  }

  void list_late(const Batch& batch, const Part& part) {
    for (uint32_t row : part.rows) {
      // Without being late, a record between two windows has just none to belong to.
      bool late =
          part.reception == Reception::kLate ||
          (plan_->event_time && saturating_add(time_of(batch, row), plan_->allowed_lateness) <= watermark_);
      if (late) late_.push_back(row);
    }
  }

  void emit_late(const Batch& batch, Outbox& out) {
    if (late_.empty()) return;
    if (late_slot_ == 0)
      return context_->metrics->late_records_dropped.add(static_cast<int64_t>(late_.size()));
    Batch late = batch.select(late_);
    late.keys = nullptr;
    out.emit(std::move(late), late_slot_);
  }

  // -- firing

  AggregateState::Tables::iterator first_table(int64_t window) {
    return aggregates_->tables().lower_bound(window);
  }
  int64_t end_of_tables(int64_t window) const {
    return shared_ ? slices_.end_of(window) : saturating_add(window, 1);
  }

  /// The next window with records that ends by a time.
  std::optional<int64_t> next_due(int64_t until) {
    int64_t first = slices_.first_window_ending_behind(shown_until_);
    auto table = first_table(first);
    if (table == aggregates_->tables().end()) return std::nullopt;
    int64_t window = shared_ ? std::max(first, slices_.first_window_of(table->first)) : table->first;
    return slices_.max_timestamp(window) <= until ? std::optional(window) : std::nullopt;
  }

  /// False when there is more than room for.
  bool fire_until(int64_t time, Outbox& out) {
    try {
      while (firing_ || next_due(time)) {
        if (!firing_) begin_firing(*next_due(time));
        if (go_on_firing(out)) end_firing();
        if (!out.has_room()) return false;
      }
    } catch (const AggregateError& error) {
      fail(*context_, error, nullptr);
    }
    shown_until_ = std::max(shown_until_, time);
    drop_what_is_over();
    return true;
  }

  void begin_firing(int64_t window) {
    firing_.emplace().window = window;
    std::vector<int64_t> ids;
    bool stored = false;
    for (auto table = first_table(window); table != aggregates_->tables().end(); ++table) {
      if (table->first >= end_of_tables(window)) break;
      ids.push_back(table->first);
      stored |= table->second.stored;
    }
    if (stored) {
      aggregates_->write_all();
      sliding_.reset();
      for (int64_t id : ids) firing_->cursors.emplace_back(*aggregates_, id);
    } else if (shared_) {
      firing_->groups = &sliding_.window(window, slices_.end_of(window), aggregates_->tables());
    } else {
      firing_->groups = &aggregates_->table(window).groups;
    }
  }

  /// True when all results are out.
  bool go_on_firing(Outbox& out) {
    Firing& firing = *firing_;
    const AggregateTable* groups = firing.groups;
    if (!groups) {
      read_some(firing);
      groups = &merged_;
      firing.next = 0;
    }
    std::vector<uint32_t> due;
    const int64_t end = slices_.max_timestamp(firing.window);
    for (; firing.next < groups->size() && due.size() < context_->batch_size; ++firing.next) {
      if (groups->shown_until(firing.next) < end) due.push_back(firing.next);
    }
    if (!due.empty()) emit(*groups, due, firing.window, out);
    if (firing.groups) return firing.next == groups->size();
    return std::all_of(firing.cursors.begin(), firing.cursors.end(), [](auto& c) { return c.at_end(); });
  }

  /// Merges the next keys of the window's tables, which all lie in the store.
  void read_some(Firing& firing) {
    merged_.clear();
    while (merged_.size() < context_->batch_size) {
      const std::string* least = nullptr;
      for (const auto& cursor : firing.cursors) {
        if (!cursor.at_end() && (!least || cursor.key() < *least)) least = &cursor.key();
      }
      if (!least) return;
      const std::string bytes = *least;
      ColumnPtr key = aggregates_->key_from(bytes);
      for (auto& cursor : firing.cursors) {
        if (cursor.at_end() || cursor.key() != bytes) continue;
        uint32_t only = 0;
        single_.clear();
        single_.find({*key, pf::hashes_of(*key)}, {&only, 1}, {&only, 1});
        ByteReader in(cursor.group());
        single_.read(only, in);
        merged_.merge(single_);
        cursor.advance();
      }
    }
  }

  void end_firing() {
    shown_until_ = slices_.max_timestamp(firing_->window);
    firing_.reset();
    drop_what_is_over();
  }

  void drop_what_is_over() {
    auto& tables = aggregates_->tables();
    for (auto table = tables.begin(); table != tables.end();) {
      int64_t last = shared_ ? slices_.last_window_of(table->first).value() : table->first;
      bool late = !plan_->event_time || cleanup_time(last) <= watermark_;
      if (!late || slices_.max_timestamp(last) > shown_until_) return;
      table = aggregates_->drop(table);
    }
  }

  void emit(const AggregateTable& table, std::span<const uint32_t> groups, int64_t window, Outbox& out) {
    Batch batch;
    if (plan_->with_window) {
      std::vector<ColumnPtr> fields = {table.keys(groups), repeated(window, groups.size()),
                                       repeated(slices_.end_of(window), groups.size())};
      for (ColumnPtr& value : table.aggregates().result_fields(groups)) fields.push_back(std::move(value));
      batch.values = std::make_shared<StructColumn>(std::move(fields), groups.size());
    } else {
      batch.values = table.aggregates().results(groups);
    }
    const int64_t timestamp = slices_.max_timestamp(window);
    if (by_key_) return by_key_->add(*table.keys(groups), *batch.values, timestamp);
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(groups.size(), timestamp);
    out.emit(std::move(batch));
  }

  static ColumnPtr repeated(int64_t value, size_t times) {
    return std::make_shared<FixedColumn<int64_t>>(std::vector<int64_t>(times, value));
  }

  void request_turn() {
    if (plan_->event_time) return;
    if (auto window = next_due(kMaxTimestamp - 1)) {
      context_->request_turn_at(slices_.max_timestamp(*window) + 1);
    }
  }

  std::shared_ptr<const WindowAggregatePlan> plan_;
  WindowSlices slices_;
  const bool shared_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<AggregateState> aggregates_;
  std::optional<ResultsByKey> by_key_;  // in BATCH mode
  SlidingMerge sliding_;
  AggregateTable merged_;
  AggregateTable single_;
  int late_slot_ = 0;  // 0: none
  int64_t watermark_ = kMinTimestamp;
  int64_t shown_until_ = kMinTimestamp;  // windows that end by then have fired
  std::optional<Firing> firing_;

  // Of the current batch.
  bool started_ = false;
  bool loud_ = false;
  std::vector<int32_t> hashes_;
  std::vector<Part> parts_;
  uint32_t parts_used_ = 0;
  std::unordered_map<int64_t, uint32_t> part_of_slice_;
  std::vector<uint32_t> part_of_row_;
  std::vector<uint32_t> groups_;
  std::vector<uint32_t> late_;
  uint32_t next_row_ = 0;
  std::optional<int64_t> next_window_;  // that fires for the row
};

class WindowAggregateFactory final : public OperatorFactory {
 public:
  explicit WindowAggregateFactory(WindowAggregatePlan plan)
      : plan_(std::make_shared<const WindowAggregatePlan>(std::move(plan))) {
    plan_->aggregation.check();
  }
  std::unique_ptr<Operator> create() const override { return std::make_unique<WindowAggregate>(plan_); }

 private:
  std::shared_ptr<const WindowAggregatePlan> plan_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_window_aggregate(WindowAggregatePlan plan) {
  return std::make_shared<WindowAggregateFactory>(std::move(plan));
}

}  // namespace pf
