#pragma once

#include <memory>

#include "dataflow/source/source.h"

namespace pf {

/// Makes the source of one subtask, which reads its share of the splits. Shared by all subtasks.
class SourceFactory {
 public:
  virtual ~SourceFactory() = default;
  virtual std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const = 0;
};

}  // namespace pf
