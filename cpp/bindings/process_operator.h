#pragma once

#include <optional>

#include "bindings/function_operator.h"
#include "bindings/object_column.h"
#include "bindings/process_scope.h"
#include "bindings/result_collector.h"

namespace pf::python {

/// Runs a user's function that reaches more than its record: a process function, with its context and timers,
/// or any rich function on a keyed stream, with keyed state. One class for one and two inputs, plain, keyed
/// and broadcast, since they differ only in which calls see a key and a context. Runs on the Python lane.
/// What a checkpoint keeps: the state and timers of its scope.
class ProcessOperator final : public FunctionOperator {
 public:
  ProcessOperator(std::shared_ptr<const PythonFunction> function, bool keyed)
      : FunctionOperator(std::move(function)), keyed_(keyed) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  std::optional<size_t> pause_in_batch(Outbox& out) override;
  Step process_watermark(Watermark watermark, Outbox& out) override;
  Step take_turn(Outbox& out) override;
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override;
  void close() override;

 private:
  /// Calls the function for row_, or goes on with what it gave. True when all of that has been taken.
  bool process_row(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  /// The record of row_ if a predicate has answered yes, else null.
  PyObject* passing(PyObject* answer, Outbox& out);
  /// BATCH mode, where all records of a key come together: fires what the key before that one has left.
  /// False: call again.
  bool end_key_before(PyObject* key, Outbox& out);
  /// Of both domains, once time is over.
  bool fire_all_timers(Outbox& out);
  bool fire_timer(int64_t time, ProcessScope::Domain domain, Outbox& out);
  bool collect(PyObject* results, Outbox& out);
  bool collected(ResultCollector::Taken taken, Outbox& out);
  Step fire_timers(ProcessScope::Domain domain, Outbox& out);
  /// Emits what came before the failure, then throws it.
  [[noreturn]] void fail(Outbox& out, PyObject* record);

  const bool keyed_;
  std::shared_ptr<ProcessScope> scope_;
  std::optional<BufferTimeout> slice_;
  std::optional<BufferTimeout> patience_;  // where the slice never ends
  std::optional<ResultCollector> results_;

  // Where processing of the current batch stands.
  ObjectView rows_;
  pybind11::object record_;  // the row at hand
  ObjectView keys_;
  size_t row_ = 0;
  bool key_is_over_ = false;  // and has timers left
  bool started_ = false;
};

}  // namespace pf::python
