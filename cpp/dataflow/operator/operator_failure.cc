#include "dataflow/operator/operator_failure.h"

namespace pf {
namespace {

std::string told(const OperatorContext& context, const std::string& problem) {
  std::string text = "'" + context.operator_name + "' (" + std::to_string(context.subtask + 1) + "/" +
                     std::to_string(context.parallelism) + ") failed: " + problem;
  return context.declared_at.empty() ? text : text + "\n  declared at " + context.declared_at;
}

}  // namespace

OperatorFailure::OperatorFailure(const OperatorContext& context, std::string problem, ColumnPtr record,
                                 Kind kind)
    : Error(told(context, problem)),
      operator_name_(context.operator_name),
      declared_at_(context.declared_at),
      subtask_(context.subtask),
      parallelism_(context.parallelism),
      problem_(std::move(problem)),
      record_(std::move(record)),
      kind_(kind) {}

}  // namespace pf
