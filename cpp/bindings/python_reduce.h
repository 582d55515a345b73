#pragma once

#include <optional>

#include "bindings/object_column.h"
#include "bindings/python_function.h"
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
  PyObject* reduce(PyObject* value, PyObject* record);

  std::shared_ptr<const PythonFunction> function_;
  std::optional<OpenFunction> opened_;
  pybind11::object values_;  // dict from key to value so far; null unless open
  size_t emitted_at_end_ = 0;
};

/// The object under which state of a key is kept in a dict: keys that Python holds for equal though
/// their types differ (1, 1.0, True) stay apart. New reference; null with an error pending.
PyObject* state_key(PyObject* key);

}  // namespace pf::python
