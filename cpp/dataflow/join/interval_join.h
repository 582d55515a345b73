#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataflow/join/join_buffer.h"
#include "dataflow/join/join_function.h"
#include "dataflow/operator/operator_factory.h"
#include "serde/owned_datum.h"

namespace pf {

/// What is the same for all subtasks of an interval join. Immutable.
struct IntervalJoinPlan {
  std::function<std::unique_ptr<JoinFunction>()> make_function;
  std::shared_ptr<const KeyCodec> keys;
  /// A left record at t meets the right ones from t + lower to t + upper, both included; in milliseconds.
  int64_t lower = 0;
  int64_t upper = 0;
  /// The side outputs for late records, which are dropped and counted where they are empty.
  std::string late_left_output;
  std::string late_right_output;
};

/// Joins the records of two keyed streams whose timestamps are close enough: Flink's `IntervalJoinOperator`.
/// A record meets those of the other side that are there, oldest first, and waits for those to come until the
/// watermark says that none can any more. A record behind the watermark is late and meets none.
/// Lives on the task's thread. What a checkpoint keeps: both sides' buffers, and a timer for each timestamp
/// in them.
class IntervalJoin final : public Operator {
 public:
  explicit IntervalJoin(std::shared_ptr<const IntervalJoinPlan> plan);

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  Step process_watermark(Watermark watermark, Outbox& out) override;
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    OperatorSnapshot snapshot = function_->snapshot_state(context);
    snapshot.unwritten = state_->freeze(context);
    return snapshot;
  }
  void notify_checkpoint_complete(int64_t checkpoint_id) override {
    function_->notify_checkpoint_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override {
    function_->notify_checkpoint_aborted(checkpoint_id);
  }
  void close() override;
  bool needs_lane() const override { return function_->needs_lane(); }

 private:
  static constexpr int kLeft = 0;
  static constexpr int kRight = 1;
  struct Side {
    /// A record at t meets those of the other side from t + from to t + to.
    int64_t from = 0;
    int64_t to = 0;
    std::optional<JoinBuffer> buffer;
    SerializerPtr records;
    int late_slot = 0;  // 0: none

    /// For so long after its timestamp a record may meet others.
    int64_t kept_for() const { return std::max<int64_t>(to, 0); }
  };
  struct Record {
    int64_t timestamp = 0;
    OwnedDatum value;
  };

  Step join_batch(int input, Batch& batch, Outbox& out);
  void take_row(int input, const Batch& batch);
  bool join_matches(int input);
  void load_matches(int input);
  bool join(int input, const Record& match);
  void drop_late(int input, const Batch& batch, Outbox& out);
  [[noreturn]] void refuse_row(const Batch& batch) const;
  Side& side(int input) { return sides_[static_cast<size_t>(input)]; }

  const std::shared_ptr<const IntervalJoinPlan> plan_;
  std::unique_ptr<JoinFunction> function_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<TimerService> timers_;
  std::array<Side, 2> sides_;
  std::string key_;

  // Where processing of the current batch stands.
  bool started_ = false;
  size_t row_ = 0;
  std::vector<uint32_t> late_;
  // And that of the row at hand.
  Record current_;
  std::vector<Record> matches_;  // the next ones that it meets
  size_t next_match_ = 0;
  std::optional<std::string> more_matches_from_;
};

std::shared_ptr<const OperatorFactory> make_interval_join(IntervalJoinPlan plan);

}  // namespace pf
