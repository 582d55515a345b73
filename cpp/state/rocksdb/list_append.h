#pragma once

#include <deque>
#include <string>

#include <rocksdb/merge_operator.h>

namespace pf {

/// Makes RocksDB put merged bytes behind those that a row has. Called by RocksDB's threads, too.
class ListAppend final : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "pyflinkpp.ListAppend"; }

  bool FullMergeV2(const MergeOperationInput& input, MergeOperationOutput* output) const override {
    std::string& row = output->new_value;
    row.clear();
    if (input.existing_value) row.append(input.existing_value->data(), input.existing_value->size());
    for (const rocksdb::Slice& operand : input.operand_list) row.append(operand.data(), operand.size());
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* merged, rocksdb::Logger*) const override {
    merged->clear();
    for (const rocksdb::Slice& operand : operands) merged->append(operand.data(), operand.size());
    return true;
  }
};

}  // namespace pf
