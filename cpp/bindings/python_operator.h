#pragma once

#include <optional>
#include <vector>

#include "bindings/object_column.h"
#include "bindings/python_function.h"
#include "dataflow/operator/buffer_timeout.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// Runs a user's function on every record, in the *called* gear: a vectorcall in a loop over the
/// batch. One class for map, flat_map, filter, process, their connected forms and sinks, since they
/// differ only in what a result means. Runs on the Python lane; has no state of its own that a
/// checkpoint would keep.
class PythonOperator final : public Operator {
 public:
  explicit PythonOperator(std::shared_ptr<const PythonFunction> function) : function_(std::move(function)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  Step end_input(int input, Outbox& out) override;
  void close() override;
  bool needs_lane() const override { return true; }

 private:
  /// Records on their way to one output, with the timestamps of the records they come from.
  struct Pending {
    std::vector<PyObject*> objects;
    std::vector<int64_t> timestamps;
  };

  Step call_form(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  Step call_values(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  Step call_predicate(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  Step call_iterables(const OpenFunction::Call& call, const Batch& batch, Outbox& out);
  Step call_sink(const OpenFunction::Call& call, const Batch& batch);

  PyObject* invoke(const OpenFunction::Call& call, const Batch& batch, size_t row);
  bool take_all(PyObject* items, const Batch& batch);
  bool take_some(const Batch& batch);
  void push(PyObject* item, const Batch& batch);
  void push_to(size_t slot, PyObject* item, const Batch& batch);
  void flush(Outbox& out);
  void flush_passing(const Batch& batch, Outbox& out);
  [[noreturn]] void fail(size_t row);

  std::shared_ptr<const PythonFunction> function_;
  std::optional<OpenFunction> opened_;
  std::vector<std::shared_ptr<const Coercer>> coercers_;  // for each slot; null: any value is right
  std::vector<Pending> pending_;                          // for each slot

  // Where processing of the current batch stands.
  ObjectView rows_;
  ObjectView keys_;
  size_t row_ = 0;
  bool started_ = false;
  std::vector<uint32_t> passing_;  // rows that a predicate let through
  std::optional<BufferTimeout> timeout_;
  std::exception_ptr failure_;  // to be thrown once the results before it have been passed on
  size_t inputs_ended_ = 0;
  pybind11::object iterator_;  // of the results of row_, when they did not fit into one batch
};

}  // namespace pf::python
