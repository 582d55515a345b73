#pragma once

#include <memory>
#include <optional>

#include "bindings/function_operator.h"
#include "bindings/object_column.h"
#include "bindings/sink_context.h"
#include "dataflow/operator/buffer_timeout.h"

namespace pf::python {

/// The end of a stream in Python: calls a function for each record, or for each batch with the list of its
/// records. Either finds in its `SinkContext` (the "scope" that it is opened with) what time it is, and may
/// ask there to be called at a time: its object's `on_timer(time, None)`. Runs on the Python lane; a
/// checkpoint keeps the function's operator state.
class PythonSink final : public FunctionOperator {
 public:
  explicit PythonSink(std::shared_ptr<const PythonFunction> function)
      : FunctionOperator(std::move(function)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  std::optional<size_t> pause_in_batch(Outbox&) override { return row_; }
  Step process_watermark(Watermark watermark, Outbox& out) override;
  Step take_turn(Outbox& out) override;
  void close() override;

 private:
  /// Goes on from row_; false when the slice is over before the rows are.
  bool call_records(const pybind11::object& callable, const Batch& batch);
  void call_batch(const pybind11::object& callable);

  std::shared_ptr<SinkContext> time_;
  std::optional<BufferTimeout> slice_;

  // Where processing of the current batch stands.
  ObjectView rows_;
  size_t row_ = 0;
  bool started_ = false;
};

}  // namespace pf::python
