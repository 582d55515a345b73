#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/stream_graph.h"
#include "state/rocksdb/rocksdb_state_backend.h"

namespace pf::testing {

/// Drives one operator as unkindly as its contract allows: the outbox has room for one emission and
/// is emptied only between calls, every call has to make progress, and an answer of kWait has to be
/// followed by a `wake`. Wakes and timers do nothing by themselves: a test says when they come.
class OperatorHarness {
 public:
  /// `batch_size` 1 makes an operator pause wherever it can.
  explicit OperatorHarness(std::unique_ptr<Operator> op, size_t batch_size = 1) : operator_(std::move(op)) {
    context_.task_name = "Harness";
    context_.operator_name = "Operator under test";
    context_.batch_size = batch_size;
    context_.operator_id = "under-test";
    context_.state_backend = state_backend_.get();
    context_.clock = &clock_;
    context_.metrics = &metrics_;
    context_.wake = [this] { ++wakes_; };
    context_.wake_after = [this](int64_t nanos) { timers_.emplace(clock_.monotonic_nanos() + nanos, 0); };
    context_.request_turn = [this] { turn_ = true; };
    context_.request_turn_at = [this](int64_t epoch_millis) { turn_at_ = std::min(turn_at_, epoch_millis); };
  }
  ~OperatorHarness() { close(); }

  /// To be changed before `open`.
  OperatorContext& context() { return context_; }
  ManualClock& clock() { return clock_; }
  /// Called after each kWait; has to bring about a `wake`, or a timer that `clock` then reaches.
  void on_wait(std::function<void()> action) { on_wait_ = std::move(action); }

  void open() {
    opened_ = true;
    operator_->open(context_);
  }
  void process_batch(Batch batch, int input = 0) {
    drive([&, this] { return operator_->process_batch(input, batch, outbox_); });
  }
  /// Each row as a batch of its own.
  void process_rows(const Batch& batch, int input = 0) {
    for (uint32_t row = 0; row < batch.size(); ++row) process_batch(batch.select({&row, 1}), input);
  }
  void process_watermark(int64_t timestamp) {
    drive([&, this] { return operator_->process_watermark({timestamp}, outbox_); });
  }
  /// Gives the operator its turn if it has asked for one that is due, until none is.
  void take_turns() {
    while (turn_ || turn_at_ <= clock_.epoch_millis()) {
      turn_ = false;
      turn_at_ = kMaxTimestamp;
      drive([this] { return operator_->take_turn(outbox_); });
    }
  }
  /// Turns the clock and gives the turns that have come due by then.
  void advance_clock(int64_t millis) {
    clock_.advance_millis(millis);
    take_turns();
  }
  void end_input(int input = 0) {
    drive([&, this] { return operator_->end_input(input, outbox_); });
  }
  /// Between two calls: what the operator remembers goes over into a fresh instance, as after a failure, and
  /// from memory to RocksDB or back.
  void restart(std::unique_ptr<Operator> fresh) {
    const SnapshotContext checkpoint{context_.restored_checkpoint_id.value_or(0) + 1, clock_.epoch_millis()};
    auto snapshot =
        std::make_shared<const OperatorSnapshot>(written_at_once(operator_->snapshot_state(checkpoint)));
    close();
    operator_ = std::move(fresh);
    on_heap_ = !on_heap_;
    context_.state_backend = on_heap_ ? state_backend_.get() : rocksdb().get();
    turn_ = false;
    turn_at_ = kMaxTimestamp;
    context_.restored_checkpoint_id = checkpoint.checkpoint_id;
    context_.restored = {std::move(snapshot)};
    open();
  }
  OperatorSnapshot snapshot() { return written_at_once(operator_->snapshot_state({})); }
  void close() {
    if (!std::exchange(opened_, false)) return;
    operator_->close();
  }

  /// Everything a slot has received, in order; watermarks and their kin arrive at every slot.
  std::vector<StreamElement> output(int slot = 0) const {
    std::vector<StreamElement> received;
    for (const auto& item : emitted_) {
      if (item.slot == slot || item.slot == Outbox::kAllSlots) received.push_back(item.element);
    }
    return received;
  }
  std::vector<Batch> batches(int slot = 0) const {
    std::vector<Batch> received;
    for (auto& element : output(slot)) {
      if (auto* batch = std::get_if<Batch>(&element)) received.push_back(std::move(*batch));
    }
    return received;
  }
  /// The values of a slot in one vector, read with e.g. `strings_of`.
  template <typename Read>
  auto values(Read read, int slot = 0) const {
    std::decay_t<decltype(read(std::declval<const Batch&>()))> all;
    for (const Batch& batch : batches(slot)) {
      auto some = read(batch);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  /// Most items that one call has left in the outbox.
  size_t most_at_once() const { return most_at_once_; }

 private:
  void drive(const std::function<Step()>& call) {
    for (;;) {
      int wakes_before = wakes_;
      Step answer = call();
      size_t emitted = outbox_.items().size();
      most_at_once_ = std::max(most_at_once_, emitted);
      for (auto& item : outbox_.items()) emitted_.push_back(std::move(item));
      outbox_.items().clear();
      if (answer == Step::kDone) return;
      if (answer == Step::kWait) {
        if (on_wait_) on_wait_();
        fire_timers();
        if (wakes_ == wakes_before) throw std::logic_error("the operator waits, but nothing wakes it");
      } else if (answer == Step::kYield) {
        take_turns();
      } else if (emitted == 0) {
        throw std::logic_error("the operator wants to be called again, but made no progress");
      }
    }
  }
  void fire_timers() {
    auto due = timers_.upper_bound(clock_.monotonic_nanos());
    for (auto timer = timers_.begin(); timer != due; timer = timers_.erase(timer)) ++wakes_;
  }

  std::unique_ptr<Operator> operator_;
  static const std::shared_ptr<const StateBackend>& rocksdb() {
    static const auto backend = [] {
      RocksDbOptions options;
      options.memory_bytes = 16 << 20;
      options.cached_entries = 4;
      return make_rocksdb_state_backend(std::move(options));
    }();
    return backend;
  }

  std::shared_ptr<const StateBackend> state_backend_ = make_heap_state_backend();
  bool on_heap_ = true;
  ManualClock clock_{1'000'000};
  OperatorMetrics metrics_;
  OperatorContext context_;
  Outbox outbox_;
  std::vector<Outbox::Item> emitted_;
  std::multimap<int64_t, int> timers_;
  std::function<void()> on_wait_;
  int wakes_ = 0;
  bool turn_ = false;
  int64_t turn_at_ = kMaxTimestamp;
  size_t most_at_once_ = 0;
  bool opened_ = false;
};

/// Whether an operator's `snapshot_state` gives all that it remembers.
enum class Restartable : bool { kNo, kYes };

/// Runs an operator over one input in every combination of batch sizes, ways to cut the input, and restarts
/// after each batch, and hands each finished harness to `check`.
inline void in_all_circumstances(const OperatorFactory& factory, const std::vector<Batch>& input,
                                 const std::function<void(OperatorHarness&)>& check, bool batch_mode = false,
                                 Restartable restartable = Restartable::kYes) {
  for (size_t batch_size : {1, 2, 3, 4096}) {
    for (bool row_by_row : {false, true}) {
      for (bool restarts : {false, true}) {
        if (restarts && restartable == Restartable::kNo) continue;
        SCOPED_TRACE("batch size " + std::to_string(batch_size) +
                     (row_by_row ? ", row by row" : ", whole batches") + (restarts ? ", restarts" : ""));
        OperatorHarness harness(factory.create(), batch_size);
        harness.context().batch_mode = batch_mode;
        harness.open();
        for (const Batch& batch : input) {
          row_by_row ? harness.process_rows(batch) : harness.process_batch(batch);
          if (restarts) harness.restart(factory.create());
        }
        harness.process_watermark(kMaxTimestamp);
        harness.end_input();
        harness.close();
        check(harness);
      }
    }
  }
}

}  // namespace pf::testing
