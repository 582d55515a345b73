#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bindings/async_answers.h"
#include "bindings/object_column.h"
#include "bindings/operator_state_store.h"
#include "bindings/python_function.h"
#include "bindings/result_collector.h"
#include "dataflow/async/async_deadlines.h"
#include "dataflow/async/async_queue.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

struct AsyncSettings {
  AsyncOrder order;
  size_t capacity;         // calls in flight
  int64_t timeout_millis;  // 0: none
};

/// Calls an asynchronous function for each record, many at a time, as Flink's AsyncWaitOperator: this class
/// says what is called, given up and tried again when, and in which order results leave; the calls themselves
/// are made on the job's event loop, by `pyflinkpp._impl.async_calls`. Results have their record's timestamp.
/// Runs on the Python lane. A checkpoint keeps the function's operator state, and the records in flight, with
/// or without a result, in their order; after a restore they are called anew before any other.
class PythonAsync final : public Operator {
 public:
  PythonAsync(std::shared_ptr<const PythonFunction> function, AsyncSettings settings)
      : function_(std::move(function)),
        settings_(settings),
        queue_(settings.order, settings.capacity),
        deadlines_(settings.timeout_millis) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  Step process_watermark(Watermark watermark, Outbox& out) override;
  Step take_turn(Outbox& out) override;
  Step end_input(int input, Outbox& out) override;
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override;
  void notify_checkpoint_complete(int64_t checkpoint_id) override;
  void notify_checkpoint_aborted(int64_t checkpoint_id) override;
  void close() override;
  bool needs_lane() const override { return true; }

 private:
  struct InFlight {
    pybind11::object record;
    int64_t timestamp;        // kMinTimestamp: none
    pybind11::object result;  // a list; null until it has come
  };

  struct Waiting {
    pybind11::object record;
    int64_t timestamp;
  };

  void begin_restored();
  void begin_calls(const Batch& batch);
  /// Only with room in the queue; adds to what the function is told to begin.
  void add_call(pybind11::object record, int64_t timestamp, pybind11::list& begun);
  void tell_begun(const pybind11::list& begun);
  std::optional<Step> advance(Outbox& out);
  void take_answers();
  void act_on_deadlines();
  bool emit_ready(Outbox& out);
  void collect(CallId call);
  Step unfinished(const Outbox& out) const;
  template <typename... Arguments>
  void tell(const char* method, Arguments&&... arguments);

  const std::shared_ptr<const PythonFunction> function_;
  const AsyncSettings settings_;
  std::shared_ptr<AsyncAnswers> answers_;
  pybind11::object calls_;  // a `FunctionCalls`; null unless open
  std::shared_ptr<OperatorStateStore> state_;
  OperatorListState* records_ = nullptr;  // the state's
  std::deque<Waiting> restored_;          // and not called anew yet

  AsyncQueue queue_;
  AsyncDeadlines deadlines_;
  std::unordered_map<CallId, InFlight> in_flight_;
  CallId next_call_ = 1;

  // Where processing of the current batch stands.
  std::optional<ObjectView> rows_;
  size_t row_ = 0;
  std::optional<ResultCollector> results_;  // that may leave
  std::exception_ptr failure_;              // to be thrown once the results before it have been emitted
};

}  // namespace pf::python
