#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/function_operator.h"
#include "bindings/object_column.h"
#include "bindings/recent_values.h"
#include "dataflow/operator/buffer_timeout.h"
#include "state/value_state.h"

namespace pf::python {

/// Rolling reduce of a keyed stream: the first record of a key comes out as it is, each later one
/// as what the function makes of the value so far and the record. In BATCH mode, which brings the
/// records of a key together, only its final value comes out. Runs on the Python lane. What a checkpoint
/// keeps: one value for each key, in keyed state, above which the values of recent keys are held by a cache.
class PythonReduce final : public FunctionOperator {
 public:
  /// `schema` is that of the records' type.
  PythonReduce(std::shared_ptr<const PythonFunction> function, std::string schema)
      : FunctionOperator(std::move(function)), schema_(std::move(schema)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  std::optional<size_t> pause_in_batch(Outbox&) override { return row_; }
  Step end_input(int input, Outbox& out) override;
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override;
  void close() override;

 private:
  void add(PyObject* record, PyObject* key);
  /// In BATCH mode: the value of a key is a result once the next key comes.
  void add_in_order(PyObject* record, PyObject* key);
  RecentValues::Entry& find(PyObject* record, PyObject* key);
  PyObject* reduce(PyObject* value, PyObject* record);
  /// Emits the results of the rows [first, row_) of the batch.
  void emit(const Batch& batch, size_t first, Outbox& out);
  void set_current(PyObject* key);
  /// Writes what has changed to the state.
  void flush_cache();

  const std::string schema_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<ValueState> values_;
  RecentValues recent_;
  std::string key_bytes_;
  size_t row_ = 0;                  // of the current batch
  std::vector<PyObject*> results_;  // of its rows, as far as they are not emitted
  std::optional<BufferTimeout> timeout_;
  PyObject* last_value_ = nullptr;  // BATCH mode: of the key that last_key_ has the bytes of
  std::string last_key_;
};

}  // namespace pf::python
