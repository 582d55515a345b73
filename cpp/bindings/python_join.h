#pragma once

#include <memory>
#include <optional>

#include "bindings/object_column.h"
#include "bindings/process_scope.h"
#include "bindings/python_function.h"
#include "bindings/result_collector.h"
#include "dataflow/join/join_function.h"
#include "model/type_info.h"

namespace pf::python {

/// Gives the pairs of an interval join to a user's ProcessJoinFunction. Runs on the Python lane.
class PythonJoin final : public JoinFunction {
 public:
  PythonJoin(std::shared_ptr<const PythonFunction> function, SerializerPtr left, SerializerPtr right)
      : function_(std::move(function)), left_(std::move(left)), right_(std::move(right)) {}

  void open(OperatorContext& context, KeyedStateBackend& state, TimerService& timers) override;
  void close() override;
  bool needs_lane() const override { return true; }

  SerializerPtr records(int input) const override { return input == 0 ? left_ : right_; }
  void begin_batch(const Batch& batch) override { rows_ = ObjectView(batch.values); }
  void end_batch() override { rows_ = ObjectView(); }
  Datum record(size_t row) override;

  bool join(const JoinPair& pair) override;
  bool resume() override;
  bool full() const override { return results_->full(); }
  void flush(Outbox& out) override { results_->flush(out); }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    return opened_->snapshot_state(context);
  }
  void notify_checkpoint_complete(int64_t checkpoint_id) override { opened_->notify_complete(checkpoint_id); }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override { opened_->notify_aborted(checkpoint_id); }

 private:
  bool taken(ResultCollector::Taken taken);

  std::shared_ptr<const PythonFunction> function_;
  const SerializerPtr left_;
  const SerializerPtr right_;
  const OperatorContext* context_ = nullptr;
  std::shared_ptr<ProcessScope> scope_;
  std::optional<OpenFunction> opened_;
  std::optional<ResultCollector> results_;
  ObjectView rows_;
  pybind11::object pair_;  // the last one, for an error
};

}  // namespace pf::python
