#include "dataflow/join/interval_join.h"

#include <algorithm>

#include "base/error.h"
#include "dataflow/operator/operator_failure.h"
#include "state/state_backend.h"

namespace pf {
namespace {

// Neither runs over the ends of time.
int64_t plus(int64_t timestamp, int64_t millis) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(timestamp, millis, &sum)) return sum;
  return millis < 0 ? kMinTimestamp : kMaxTimestamp;
}
int64_t minus(int64_t timestamp, int64_t millis) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(timestamp, millis, &difference)) return difference;
  return millis < 0 ? kMaxTimestamp : kMinTimestamp;
}

int slot_of(const std::string& output, const OperatorContext& context) {
  auto found = std::find(context.side_outputs.begin(), context.side_outputs.end(), output);
  if (output.empty() || found == context.side_outputs.end()) return 0;
  return static_cast<int>(found - context.side_outputs.begin()) + 1;
}

class IntervalJoinFactory final : public OperatorFactory {
 public:
  explicit IntervalJoinFactory(IntervalJoinPlan plan)
      : plan_(std::make_shared<const IntervalJoinPlan>(std::move(plan))) {}
  std::unique_ptr<Operator> create() const override { return std::make_unique<IntervalJoin>(plan_); }

 private:
  std::shared_ptr<const IntervalJoinPlan> plan_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_interval_join(IntervalJoinPlan plan) {
  return std::make_shared<IntervalJoinFactory>(std::move(plan));
}

IntervalJoin::IntervalJoin(std::shared_ptr<const IntervalJoinPlan> plan)
    : plan_(std::move(plan)), function_(plan_->make_function()) {
  side(kLeft).from = plan_->lower;
  side(kLeft).to = plan_->upper;
  side(kRight).from = minus(0, plan_->upper);
  side(kRight).to = minus(0, plan_->lower);
}

void IntervalJoin::open(OperatorContext& context) {
  Operator::open(context);
  state_ = context.create_keyed_state(plan_->keys);
  timers_.emplace(*state_, *context.clock, context.request_turn_at);
  function_->open(context, *state_, *timers_);
  for (int input : {kLeft, kRight}) side(input).records = function_->records(input);
  side(kLeft).buffer.emplace(*state_, "left-buffer", "left", side(kLeft).records);
  side(kRight).buffer.emplace(*state_, "right-buffer", "right", side(kRight).records);
  side(kLeft).late_slot = slot_of(plan_->late_left_output, context);
  side(kRight).late_slot = slot_of(plan_->late_right_output, context);
}

void IntervalJoin::close() {
  matches_.clear();
  current_ = Record();
  function_->close();
  timers_.reset();
  state_.reset();
}

Step IntervalJoin::process_batch(int input, Batch& batch, Outbox& out) {
  try {
    return join_batch(input, batch, out);
  } catch (...) {
    function_->flush(out);  // the results before the failure
    throw;
  }
}

Step IntervalJoin::join_batch(int input, Batch& batch, Outbox& out) {
  if (!started_) {
    PF_CHECK(batch.keys != nullptr);
    function_->begin_batch(batch);
    row_ = 0;
    started_ = true;
  }
  while (join_matches(input)) {
    if (row_ == batch.size()) {
      drop_late(input, batch, out);
      function_->end_batch();
      function_->flush(out);
      started_ = false;
      return Step::kDone;
    }
    take_row(input, batch);
    ++row_;
  }
  function_->flush(out);
  return Step::kAgain;
}

Step IntervalJoin::process_watermark(Watermark watermark, Outbox& out) {
  timers_->advance_watermark(watermark.timestamp);
  while (auto time = timers_->next_event_timer()) {
    bool is_left = state_->current_namespace() == side(kLeft).buffer->side();
    Side& over = side(is_left ? kLeft : kRight);
    over.buffer->remove_up_to(*time == kMaxTimestamp ? *time : minus(*time, over.kept_for()));
  }
  out.emit_to_all(watermark);
  return Step::kDone;
}

/// Buffers a row, and finds the first records that it meets.
void IntervalJoin::take_row(int input, const Batch& batch) {
  int64_t timestamp = batch.timestamp_of(row_);
  if (timestamp == kMinTimestamp) refuse_row(batch);
  if (timestamp < timers_->current_watermark()) {
    late_.push_back(static_cast<uint32_t>(row_));
    return;
  }
  Side& own = side(input);
  key_.clear();
  plan_->keys->encode(*batch.keys, row_, key_);
  state_->set_current(key_);
  current_ = {timestamp, OwnedDatum(*own.records, function_->record(row_))};
  own.buffer->add(timestamp, own.records->copy(current_.value.get()));
  timers_->register_event_timer(plus(timestamp, own.kept_for()));
  more_matches_from_ = JoinBuffer::place_of(plus(timestamp, own.from));
  load_matches(input);
}

/// True when the row at hand has met all that it can.
bool IntervalJoin::join_matches(int input) {
  if (!function_->resume()) return false;
  for (;;) {
    while (next_match_ < matches_.size()) {
      if (function_->full() || !join(input, matches_[next_match_++])) return false;
    }
    if (!more_matches_from_) return true;
    load_matches(input);
  }
}

/// As copies, since the function may use the state itself.
void IntervalJoin::load_matches(int input) {
  Side& other = side(1 - input);
  matches_.clear();
  next_match_ = 0;
  int64_t last = plus(current_.timestamp, side(input).to);
  more_matches_from_ = other.buffer->visit(*more_matches_from_, last, [&](int64_t timestamp, Datum record) {
    if (matches_.size() == context_->batch_size) return false;
    matches_.push_back({timestamp, OwnedDatum(*other.records, other.records->copy(record))});
    return true;
  });
  state_->set_namespace({});
}

bool IntervalJoin::join(int input, const Record& match) {
  const Record& left = input == kLeft ? current_ : match;
  const Record& right = input == kLeft ? match : current_;
  return function_->join({left.value.get(), right.value.get(), left.timestamp, right.timestamp});
}

void IntervalJoin::drop_late(int input, const Batch& batch, Outbox& out) {
  if (late_.empty()) return;
  if (side(input).late_slot > 0) {
    Batch late = batch.select(late_);
    late.keys = nullptr;
    out.emit(std::move(late), side(input).late_slot);
  } else {
    context_->metrics->late_records_dropped.add(static_cast<int64_t>(late_.size()));
  }
  late_.clear();
}

void IntervalJoin::refuse_row(const Batch& batch) const {
  throw OperatorFailure(*context_,
                        "a record has no timestamp (Long.MIN_VALUE), by which interval joins join; call "
                        "assign_timestamps_and_watermarks on both streams before key_by",
                        batch, static_cast<uint32_t>(row_));
}

}  // namespace pf
