#pragma once

#include <optional>

#include "bindings/function_operator.h"

namespace pf::python {

/// Runs a user's function in the *vectorised* gear: once for each batch, which it is given whole and answers
/// with as many values. The callable takes a `Column`, or a list where the values have no layout, and gives
/// either back; what the user's function sees is made of it in Python. Columns that come in are passed on as
/// columns, so that functions of this gear hand one another batches that never become Python objects.
/// Runs on the Python lane; a checkpoint keeps the function's operator state.
class BatchOperator final : public FunctionOperator {
 public:
  /// The declared types of what comes in and goes out; null where none was.
  struct Types {
    TypeInfoPtr input;
    TypeInfoPtr output;
  };
  BatchOperator(std::shared_ptr<const PythonFunction> function, Types types)
      : FunctionOperator(std::move(function)), types_(std::move(types)) {}

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;

 private:
  pybind11::object argument(const ColumnPtr& values) const;
  ColumnPtr checked(const pybind11::object& result, size_t rows) const;

  Types types_;
};

}  // namespace pf::python
