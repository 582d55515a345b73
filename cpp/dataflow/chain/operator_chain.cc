#include "dataflow/chain/operator_chain.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "dataflow/operator/operator_failure.h"

namespace pf {
namespace {

/// In milliseconds; whoever sleeps for longer is woken in between, and asks again.
constexpr int64_t kLongestSleep = 86'400'000;

}  // namespace

OperatorChain::Progress::Progress(const Node& node)
    : inputs_open(node.inputs),
      may_take_long(node.source ? node.source->needs_lane() : node.op->needs_lane()) {}

OperatorChain::OperatorChain(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
  PF_CHECK(!nodes_.empty());
  for (const Node& node : nodes_) {
    progress_.emplace_back(node);
    for (const Target& target : node.targets) {
      if (target.writer) writers_.push_back(target.writer);
    }
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    OperatorContext& context = nodes_[i].context;
    Progress& progress = progress_[i];
    for (const Target& target : nodes_[i].targets) context.has_chained_reader |= target.writer == nullptr;
    context.request_turn = [turn = progress.turn, wake = context.wake] {
      turn->store(true);
      wake();
    };
    context.request_turn_at = [this, i](int64_t epoch_millis) {
      Progress& progress = progress_[i];
      if (epoch_millis == kMaxTimestamp) return;
      progress.turn_at = std::min(epoch_millis, progress.turn_at.value_or(epoch_millis));
      if (wake_is_to_come(i) && progress.wake_for <= epoch_millis) return;
      ask_for_wake(i, epoch_millis);
    };
  }
}

void OperatorChain::open() {
  for (size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    // Set first: an operator whose open fails halfway is closed like any other.
    progress_[i].opened = true;
    PFPP_FAULT("operator.open");
    if (node.source) {
      node.source->open(node.context);
    } else {
      node.op->open(node.context);
    }
    node.context.restored.clear();  // it has what it goes on from
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].ended) end_at_once(i);
  }
}

void OperatorChain::close() {
  std::exception_ptr first;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!progress_[i].opened) continue;
    progress_[i].opened = false;
    try {
      if (nodes_[i].source) {
        nodes_[i].source->close();
      } else {
        nodes_[i].op->close();
      }
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

void OperatorChain::offer(int input, StreamElement element) {
  progress_.front().inbox.emplace_back(input, std::move(element));
}

bool OperatorChain::advance(int steps, int64_t until_nanos) {
  const bool more = move(steps, until_nanos);
  if (behind_) catch_up();
  announce();
  return more;
}

void OperatorChain::catch_up() {
  behind_ = false;
  for (RecordWriter* writer : writers_) behind_ |= !writer->catch_up();
}

void OperatorChain::announce() {
  for (RecordWriter* writer : writers_) writer->announce();
}

bool OperatorChain::move(int steps, int64_t until_nanos) {
  const Clock* clock = nodes_.front().context.clock;
  bool over = false;
  for (;;) {
    no_credit_ = false;
    bool moved = false;
    // The last node that can move goes first, so that what is on its way leaves before more comes in.
    for (size_t i = nodes_.size(); i-- > 0 && !moved;) {
      bool emptied = pass_on(i, moved);
      if (moved || !emptied || !can_step(i)) continue;
      // Only here, where the results of the last step have been passed on.
      if (over || steps-- == 0) return true;
      if (progress_[i].may_take_long) announce();
      step(i);
      moved = true;
      over = until_nanos != kMaxTimestamp && clock->coarse_nanos() >= until_nanos;
    }
    if (!moved) return false;
  }
}

OperatorChain::State OperatorChain::state() const {
  bool waiting = false;
  bool finished = true;
  for (const Progress& progress : progress_) {
    waiting |= progress.waiting;
    finished &= progress.ended && progress.outbox.has_room();
  }
  if (finished && !behind_) return State::kFinished;
  if (no_credit_ || behind_) return State::kBackpressured;
  // What is taken in while the head stands still would be neither in its state nor on its way when a barrier
  // overtakes it.
  if (waiting || progress_.front().halted_at) return State::kWaiting;
  return State::kHungry;
}

void OperatorChain::stop_waiting() {
  if (hurry_) look_if_late();
  if (behind_) catch_up();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Progress& progress = progress_[i];
    progress.waiting = false;
    // The last wake that was asked for may have come before the turn's time: it was for another turn, or
    // the wall clock was set back.
    if (progress.turn_at && !wake_is_to_come(i) && !turn_time_has_come(i)) {
      ask_for_wake(i, *progress.turn_at);
    }
  }
}

bool OperatorChain::turn_time_has_come(size_t index) const {
  const auto& turn_at = progress_[index].turn_at;
  return turn_at && nodes_[index].context.clock->epoch_millis() >= *turn_at;
}

bool OperatorChain::wake_is_to_come(size_t index) const {
  return nodes_[index].context.clock->monotonic_nanos() < progress_[index].wake_due;
}

void OperatorChain::ask_for_wake(size_t index, int64_t epoch_millis) {
  const OperatorContext& context = nodes_[index].context;
  Progress& progress = progress_[index];
  progress.wake_for = epoch_millis;
  int64_t now = context.clock->epoch_millis();
  int64_t nanos = epoch_millis <= now ? 0 : std::min(kLongestSleep, epoch_millis - now) * 1'000'000;
  progress.wake_due = context.clock->monotonic_nanos() + nanos;
  context.wake_after(nanos);
}

bool OperatorChain::pass_on(size_t index, bool& fed_a_node) {
  Node& node = nodes_[index];
  Progress& progress = progress_[index];
  auto& items = progress.outbox.items();
  for (; progress.passed_on < items.size(); ++progress.passed_on) {
    Outbox::Item& item = items[progress.passed_on];
    size_t receivers = 0;
    for (const Target& target : node.targets) {
      if (item.slot != Outbox::kAllSlots && item.slot != target.slot) continue;
      ++receivers;
      if (accepts(target)) continue;
      no_credit_ |= target.writer != nullptr;
      return false;
    }
    if (const auto* batch = std::get_if<Batch>(&item.element)) {
      node.metrics->batches_out.add(1);
      node.metrics->records_out.add(static_cast<int64_t>(batch->size()));
    } else if (const auto* watermark = std::get_if<Watermark>(&item.element)) {
      node.metrics->output_watermark.set(watermark->timestamp);
    }
    const bool is_expected = hurry_ && is_expected_barrier(item.element);
    for (const Target& target : node.targets) {
      if (item.slot != Outbox::kAllSlots && item.slot != target.slot) continue;
      bool is_last = --receivers == 0;
      hand_over(node, target, is_last ? std::move(item.element) : item.element, is_last);
      fed_a_node |= target.writer == nullptr;
    }
    if (is_expected && --hurry_->nodes_left == 0) {
      hurry_.reset();
      overtaking_ = false;
    }
  }
  items.clear();
  progress.passed_on = 0;
  return true;
}

void OperatorChain::hand_over(const Node& node, const Target& target, StreamElement element, bool is_last) {
  try {
    if (auto* batch = std::get_if<Batch>(&element)) {
      bool crosses = target.writer != nullptr;
      if (!is_last && (crosses || !node.context.object_reuse)) {
        batch->detach(Detach::kAll);
      } else if (crosses) {
        batch->detach(Detach::kKept);
      }
    }
    if (target.writer) {
      target.writer->write(std::move(element));
    } else {
      progress_[target.node].inbox.emplace_back(0, std::move(element));
    }
  } catch (const NotCopyable& error) {
    throw OperatorFailure(node.context, error.what(), nullptr, OperatorFailure::Kind::kType);
  }
}

bool OperatorChain::accepts(const Target& target) {
  if (!target.writer) return progress_[target.node].inbox.empty();
  if (target.writer->ready()) return true;
  behind_ |= overtaking_;
  return overtaking_;
}

bool OperatorChain::can_step(size_t index) const {
  const Progress& progress = progress_[index];
  if (has_notices(index)) return true;
  if (progress.ended || progress.waiting || progress.halted_at) return false;
  if (progress.failure) return true;
  return nodes_[index].source || !progress.inbox.empty() || turn_is_due(index);
}

bool OperatorChain::turn_is_due(size_t index) const {
  const Progress& progress = progress_[index];
  if (progress.unfinished == Work::kElement) return false;
  if (progress.unfinished == Work::kTurn || progress.turn->load(std::memory_order_relaxed)) return true;
  return turn_time_has_come(index);
}

void OperatorChain::step(size_t index) {
  Progress& progress = progress_[index];
  if (progress.failure) std::rethrow_exception(progress.failure);
  try {
    run_node(index);
  } catch (...) {
    if (progress.outbox.has_room()) throw;
    progress.failure = std::current_exception();
    progress.waiting = true;
    nodes_[index].context.wake();
  }
}

void OperatorChain::run_node(size_t index) {
  if (has_notices(index)) {
    give_notices(index);
    return;
  }
  if (nodes_[index].source) {
    if (!to_inject_.empty()) return send_barrier();
    return poll_source();
  }
  Progress& progress = progress_[index];
  if (turn_is_due(index)) {
    bool asked = progress.unfinished == Work::kTurn || progress.turn->load(std::memory_order_relaxed);
    // What came while the time did goes first, as it would by a timer of Flink's; but no more than that.
    const bool between_rows = progress.unfinished == Work::kRows;
    if (asked || between_rows || progress.inbox.empty() || progress.turn_has_waited) {
      give_turn(index);
      return;
    }
    progress.turn_has_waited = true;
  }
  if (index == 0 && overtaking_ && hurry_->rest && pause_in_batch()) return;
  auto& [input, element] = progress.inbox.front();
  Step answer = process(index, input, element);
  progress.waiting = answer == Step::kWait;
  progress.unfinished = answer == Step::kDone    ? Work::kNone
                        : answer == Step::kYield ? Work::kRows
                                                 : Work::kElement;
  if (answer == Step::kDone) progress.inbox.pop_front();
}

void OperatorChain::give_turn(size_t index) {
  Progress& progress = progress_[index];
  progress.turn_has_waited = false;
  if (progress.unfinished != Work::kTurn) {
    // Before the call: what is asked for in it, or meanwhile, gives another turn.
    progress.turn->store(false);
    progress.turn_at.reset();
  }
  Step answer = nodes_[index].op->take_turn(progress.outbox);
  progress.waiting = answer == Step::kWait;
  progress.unfinished = answer == Step::kDone ? Work::kNone : Work::kTurn;
}

Step OperatorChain::process(size_t index, int input, StreamElement& element) {
  Node& node = nodes_[index];
  Progress& progress = progress_[index];
  if (auto* batch = std::get_if<Batch>(&element)) {
    auto rows = static_cast<int64_t>(batch->size());
    Step answer = node.op->process_batch(input, *batch, progress.outbox);
    if (answer == Step::kDone) {
      node.metrics->batches_in.add(1);
      node.metrics->records_in.add(rows);
    }
    return answer;
  }
  if (auto* watermark = std::get_if<Watermark>(&element)) {
    node.metrics->input_watermark.set(watermark->timestamp);
    return node.op->process_watermark(*watermark, progress.outbox);
  }
  if (auto* status = std::get_if<WatermarkStatus>(&element)) {
    return node.op->process_status(*status, progress.outbox);
  }
  if (std::holds_alternative<EndOfInput>(element)) {
    Step answer = node.op->end_input(input, progress.outbox);
    if (answer != Step::kDone) return answer;
    if (--progress.inputs_open == 0) end_node(index);
    return answer;
  }
  cut(index, std::get<Barrier>(element));
  return Step::kDone;
}

void OperatorChain::poll_source() {
  Progress& progress = progress_.front();
  if (source_is_to_end_ && !PFPP_MUTANT("drain_forgets_read_ahead") && !prepare_source()) return;
  switch (source_is_to_end_ ? Poll::kEnd : nodes_.front().source->poll(progress.outbox)) {
    case Poll::kMore:
      return;
    case Poll::kWait:
      progress.waiting = true;
      return;
    case Poll::kEnd:
      if (!source_is_to_end_ || !PFPP_MUTANT("drained_without_watermark")) {
        progress.outbox.emit_to_all(Watermark{kMaxTimestamp});
      }
      end_node(0);
  }
}

/// False while it emits what it has read so far, or waits.
bool OperatorChain::prepare_source() {
  Progress& progress = progress_.front();
  if (!source_is_prepared_ && !PFPP_MUTANT("source_not_prepared")) {
    Step answer = nodes_.front().source->prepare_snapshot(progress.outbox);
    progress.waiting = answer == Step::kWait;
    source_is_prepared_ = answer == Step::kDone;
  }
  const bool prepared = source_is_prepared_ || PFPP_MUTANT("source_not_prepared");
  return prepared && progress.outbox.has_room();
}

void OperatorChain::end_source() {
  PF_CHECK(has_source());
  source_is_to_end_ = true;
}

void OperatorChain::end_node(size_t index) {
  progress_[index].outbox.emit_to_all(EndOfInput{});
  progress_[index].ended = true;
}

void OperatorChain::end_at_once(size_t index) {
  std::erase_if(nodes_[index].targets,
                [this](const Target& target) { return !target.writer && nodes_[target.node].ended; });
  progress_[index].outbox.emit_to_all(Watermark{kMaxTimestamp});
  end_node(index);
}

void OperatorChain::expect(const Barrier& barrier, KeepRest rest) {
  if (barrier.overtakes_at == kMaxTimestamp) return;
  hurry_ = {barrier.checkpoint, barrier.overtakes_at, nodes_.size(), std::move(rest)};
  look_if_late();
}

void OperatorChain::look_if_late() {
  overtaking_ = overtaking_ || nodes_.front().context.clock->epoch_millis() >= hurry_->overtakes_at;
}

bool OperatorChain::is_expected_barrier(const StreamElement& element) const {
  const auto* barrier = std::get_if<Barrier>(&element);
  return barrier && barrier->checkpoint == hurry_->checkpoint;
}

std::optional<int64_t> OperatorChain::overtakes_at() const {
  if (!hurry_ || overtaking_) return std::nullopt;
  return hurry_->overtakes_at;
}

void OperatorChain::cut_in(const Barrier& barrier, KeepRest rest) {
  progress_.front().inbox.emplace_back(0, barrier);
  expect(barrier, std::move(rest));
}

void OperatorChain::preload(size_t node, int input, StreamElement element) {
  progress_.at(node).inbox.emplace_back(input, std::move(element));
}

/// Whether the head has been cut within the batch that it is at; the barrier waits behind that.
bool OperatorChain::pause_in_batch() {
  Progress& head = progress_.front();
  auto* batch = std::get_if<Batch>(&head.inbox.front().second);
  if (!batch) return false;
  size_t rows = 0;
  if (head.unfinished == Work::kElement || head.unfinished == Work::kRows) {
    auto used = nodes_.front().op->pause_in_batch(head.outbox);
    if (!used) return false;
    rows = *used;
  }
  std::vector<uint32_t> left;
  for (auto row = static_cast<uint32_t>(rows); row < batch->size(); ++row) left.push_back(row);
  if (left.empty()) return false;
  std::exchange(hurry_->rest, nullptr)(batch->select(left));
  auto at = std::find_if(head.inbox.begin(), head.inbox.end(),
                         [&](const auto& waiting) { return is_expected_barrier(waiting.second); });
  PF_CHECK(at != head.inbox.end());
  const Barrier barrier = std::get<Barrier>(at->second);
  head.inbox.erase(at);
  cut(0, barrier);
  return true;
}

bool OperatorChain::inject(const Barrier& barrier) {
  PF_CHECK(has_source());
  if (progress_.front().ended) return false;
  expect(barrier, nullptr);
  to_inject_.push_back(barrier);
  return true;
}

void OperatorChain::send_barrier() {
  if (!prepare_source()) return;
  source_is_prepared_ = false;
  Barrier barrier = to_inject_.front();
  to_inject_.pop_front();
  cut(0, barrier);
}

std::shared_ptr<const OperatorSnapshot> OperatorChain::snapshot_node(size_t index, const Barrier& barrier) {
  const Node& node = nodes_[index];
  SnapshotContext context{static_cast<int64_t>(barrier.checkpoint), barrier.epoch_millis, barrier.savepoint};
  PFPP_FAULT("snapshot.begin");
  auto snapshot = std::make_shared<OperatorSnapshot>(node.source ? node.source->snapshot_state(context)
                                                                 : node.op->snapshot_state(context));
  PFPP_FAULT("snapshot.made");
  if (PFPP_MUTANT("broadcast_state_not_kept")) snapshot->broadcast = nullptr;
  return snapshot;
}

void OperatorChain::cut(size_t index, const Barrier& barrier) {
  const size_t nodes = PFPP_MUTANT("only_head_awaited") ? 1 : nodes_.size();
  auto at = cutting_.try_emplace(barrier.checkpoint, Cutting{barrier, {}, nodes}).first;
  TaskSnapshot& snapshot = at->second.snapshot;
  const Clock& clock = *nodes_[index].context.clock;
  const int64_t began = clock.monotonic_nanos();
  snapshot.operators[nodes_[index].context.operator_id] = snapshot_node(index, barrier);
  snapshot.sync_nanos += clock.monotonic_nanos() - began;
  if (index == 0 && hurry_ && hurry_->checkpoint == barrier.checkpoint) hurry_->rest = nullptr;
  progress_[index].outbox.emit_to_all(barrier);
  const bool given_up = barrier.checkpoint <= gone_on_after_ && !PFPP_MUTANT("given_up_stop_halts");
  const bool halts = barrier.stops && !given_up;
  if (halts && !PFPP_MUTANT("stop_halts_nobody")) progress_[index].halted_at = barrier.checkpoint;
  if (--at->second.missing > 0) return;
  Cut cut{barrier, std::make_shared<TaskSnapshot>(std::move(at->second.snapshot)), {}};
  for (const auto& [id, state] : cut.snapshot->operators) {
    if (state->unwritten) cut.unwritten.push_back(state->unwritten);
  }
  cuts_.push_back(std::move(cut));
  cutting_.erase(at);
}

void OperatorChain::write_some(const std::function<bool()>& is_over) {
  for (Cut& cut : cuts_) {
    while (!cut.unwritten.empty()) {
      if (!cut.unwritten.back()->write_some(is_over)) return;
      cut.unwritten.pop_back();
    }
  }
}

std::optional<OperatorChain::Cut> OperatorChain::take_cut() {
  if (cuts_.empty()) return std::nullopt;
  if (!cuts_.front().unwritten.empty() && !PFPP_MUTANT("cut_acknowledged_unwritten")) return std::nullopt;
  Cut cut = std::move(cuts_.front());
  cuts_.pop_front();
  return cut;
}

TaskSnapshotPtr OperatorChain::last_snapshot(const Barrier& barrier) {
  auto snapshot = std::make_shared<TaskSnapshot>();
  snapshot->ended = true;
  if (PFPP_MUTANT("state_of_ended_forgotten")) return snapshot;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    auto state = snapshot_node(i, barrier);
    if (state->unwritten) state->unwritten->write_some([] { return false; });
    snapshot->operators[nodes_[i].context.operator_id] = std::move(state);
  }
  return snapshot;
}

void OperatorChain::notify(const Notice& notice) {
  for (Progress& progress : progress_) progress.notices.push_back(notice);
}

bool OperatorChain::has_notices() const {
  return std::any_of(progress_.begin(), progress_.end(),
                     [](const Progress& progress) { return !progress.notices.empty(); });
}

bool OperatorChain::is_halted() const {
  return std::all_of(progress_.begin(), progress_.end(),
                     [](const Progress& progress) { return progress.halted_at.has_value(); });
}

void OperatorChain::go_on_after(uint64_t checkpoint) {
  gone_on_after_ = std::max(gone_on_after_, checkpoint);
  std::erase_if(cuts_, [&](const Cut& cut) {
    if (cut.barrier.checkpoint != checkpoint) return false;
    for (const auto& state : cut.unwritten) state->give_up();
    return true;
  });
  for (Progress& progress : progress_) {
    if (progress.halted_at == checkpoint || PFPP_MUTANT("any_abort_ends_halt")) progress.halted_at.reset();
  }
}

bool OperatorChain::has_notices(size_t index) const {
  const Progress& progress = progress_[index];
  return !progress.notices.empty() && progress.unfinished == Work::kNone;
}

void OperatorChain::give_notices(size_t index) {
  Node& node = nodes_[index];
  for (const Notice& notice : std::exchange(progress_[index].notices, {})) {
    auto id = static_cast<int64_t>(notice.checkpoint) + (PFPP_MUTANT("notice_of_next_id") ? 1 : 0);
    PFPP_FAULT("operator.notify");
    if (node.source) {
      notice.complete ? node.source->notify_checkpoint_complete(id)
                      : node.source->notify_checkpoint_aborted(id);
    } else {
      notice.complete ? node.op->notify_checkpoint_complete(id) : node.op->notify_checkpoint_aborted(id);
    }
  }
}

}  // namespace pf
