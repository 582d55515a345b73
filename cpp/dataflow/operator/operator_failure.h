#pragma once

#include <string>

#include "base/error.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// What ended a job when the engine's own operators could not go on: what was wrong, and where. Thrown by
/// operators and by the chain around them; told to the user in the form in which exceptions of functions are.
class OperatorFailure : public Error {
 public:
  /// As which of Python's exceptions it is told.
  enum class Kind : uint8_t { kValue, kType, kOverflow };

  /// `record` is the row at hand as a column of its own, or null outside of rows.
  OperatorFailure(const OperatorContext& context, std::string problem, ColumnPtr record = nullptr,
                  Kind kind = Kind::kValue);
  OperatorFailure(const OperatorContext& context, std::string problem, const Batch& batch, uint32_t row,
                  Kind kind = Kind::kValue)
      : OperatorFailure(context, std::move(problem), batch.values->select({&row, 1}), kind) {}

  const std::string& operator_name() const { return operator_name_; }
  const std::string& declared_at() const { return declared_at_; }
  uint32_t subtask() const { return subtask_; }
  uint32_t parallelism() const { return parallelism_; }
  /// What was wrong, without where.
  const std::string& problem() const { return problem_; }
  const ColumnPtr& record() const { return record_; }
  Kind kind() const { return kind_; }

 private:
  std::string operator_name_;
  std::string declared_at_;
  uint32_t subtask_;
  uint32_t parallelism_;
  std::string problem_;
  ColumnPtr record_;
  Kind kind_;
};

}  // namespace pf
