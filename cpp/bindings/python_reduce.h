#pragma once

#include <optional>

#include "bindings/object_column.h"
#include "bindings/python_function.h"
#include "dataflow/operator/buffer_timeout.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// Rolling reduce of a keyed stream: the first record of a key comes out as it is, each later one
/// as what the function makes of the value so far and the record. In BATCH mode only the final value
/// of each key comes out, at the end of input. Runs on the Python lane. Its state is one value for
/// each key.
class PythonReduce final : public Operator {
 public:
  explicit PythonReduce(std::shared_ptr<const PythonFunction> function) : function_(std::move(function)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  Step end_input(int input, Outbox& out) override;
  void close() override;
  bool needs_lane() const override { return true; }

 private:
  void add(PyObject* record, PyObject* key);
  PyObject* reduce(PyObject* value, PyObject* record);
  /// Emits the results of the rows [first, row_) of the batch.
  void flush(const Batch& batch, size_t first, Outbox& out);

  std::shared_ptr<const PythonFunction> function_;
  std::optional<OpenFunction> opened_;
  pybind11::object values_;  // dict from key to value so far; null unless open
  size_t emitted_at_end_ = 0;
  size_t row_ = 0;                  // of the current batch
  std::vector<PyObject*> results_;  // of its rows, as far as they are not emitted
  std::optional<BufferTimeout> timeout_;
  std::exception_ptr failure_;  // to be thrown once the results before it have been passed on
};

/// The object under which state of a key is kept in a dict: keys that Python holds for equal though
/// their types differ (1, 1.0, True) stay apart. New reference; null with an error pending.
PyObject* state_key(PyObject* key);

}  // namespace pf::python
