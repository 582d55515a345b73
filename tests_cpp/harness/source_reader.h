#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "plan/stream_graph.h"

namespace pf::testing {

/// Reads one subtask of a source to its end, or to `most_batches`.
inline std::vector<Batch> read_source(const SourceFactory& factory, uint32_t subtask, uint32_t parallelism,
                                      size_t batch_size, size_t most_batches = SIZE_MAX) {
  auto source = factory.create(subtask, parallelism);
  OperatorContext context;
  context.subtask = subtask;
  context.parallelism = parallelism;
  context.batch_size = batch_size;
  source->open(context);
  Outbox outbox;
  std::vector<Batch> batches;
  while (batches.size() < most_batches && source->poll(outbox) != Poll::kEnd) {
    for (auto& item : outbox.items()) batches.push_back(std::get<Batch>(std::move(item.element)));
    outbox.items().clear();
  }
  source->close();
  return batches;
}

}  // namespace pf::testing
