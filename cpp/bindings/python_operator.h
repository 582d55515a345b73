#pragma once

#include <optional>
#include <vector>

#include "bindings/function_operator.h"
#include "bindings/object_column.h"
#include "bindings/result_collector.h"
#include "dataflow/operator/buffer_timeout.h"

namespace pf::python {

/// Runs a user's function that sees only its record, in the *called* gear: a vectorcall in a loop over the
/// batch. One class for map, flat_map, filter and their connected forms, since they differ only in what a
/// result means. Results are handed on at least once a slice of time, and so are failures: after the
/// results before them. Runs on the Python lane; a checkpoint keeps the function's operator state.
class PythonOperator final : public FunctionOperator {
 public:
  explicit PythonOperator(std::shared_ptr<const PythonFunction> function)
      : FunctionOperator(std::move(function)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  std::optional<size_t> pause_in_batch(Outbox&) override {
    return results_->has_more() ? std::nullopt : std::optional(row_);
  }
  void close() override;

 private:
  /// Each goes on from row_; false when the slice is over before the rows are.
  bool call(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  bool call_values(const OpenFunction::Call& call, const Batch& batch);
  bool call_predicate(const OpenFunction::Call& call);
  bool call_iterables(const OpenFunction::Call& call, const Batch& batch, Outbox& out);

  PyObject* invoke(const OpenFunction::Call& call);
  void stamp_results(const Batch& batch);
  void flush(const Batch& batch, Outbox& out);
  [[noreturn]] void fail();

  std::optional<BufferTimeout> slice_;
  std::optional<ResultCollector> results_;

  // Where processing of the current batch stands.
  ObjectView rows_;
  pybind11::object record_;  // the row at hand
  size_t row_ = 0;
  bool started_ = false;
  std::vector<uint32_t> passing_;  // rows that a predicate let through
};

}  // namespace pf::python
