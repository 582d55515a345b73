#include "dataflow/source/split_state.h"

namespace pf {
namespace {

const std::string kName = "splits";

}  // namespace

SplitState::SplitState(const OperatorContext& context, std::string schema)
    : state_(context.create_operator_state()),
      restored_(state_->was_restored(kName)),
      splits_(state_->declare(kName, Redistribution::kSplit, make_bytes_serializer(std::move(schema)))) {}

std::optional<std::vector<std::string>> SplitState::restored() const {
  if (!restored_) return std::nullopt;
  std::vector<std::string> splits;
  for (Datum split : splits_.items()) splits.push_back(bytes_of(split));
  return splits;
}

OperatorSnapshot SplitState::snapshot(const std::vector<std::string>& splits) {
  splits_.clear();
  for (const std::string& split : splits) splits_.add(datum_of_bytes(split));
  return {.lists = state_->snapshot()};
}

}  // namespace pf
