#pragma once

#include "dataflow/operator/operator.h"

namespace pf {

/// What a source answers when asked for more.
enum class Poll : uint8_t {
  kMore,  // ask again as soon as the outbox has been emptied
  kWait,  // nothing now: ask again after `wake` or `wake_after`
  kEnd,   // bounded input is used up
};

/// Where records come from: the head of a chain, one instance for each subtask. Same thread and
/// life cycle as an operator; it never blocks for long, so that barriers can be put in between.
class Source {
 public:
  virtual ~Source() = default;
  virtual void open(OperatorContext& context) { context_ = &context; }
  /// Emits at most about a batch, and only into an outbox that has room.
  virtual Poll poll(Outbox& out) = 0;
  virtual void close() {}
  virtual bool needs_lane() const { return false; }

 protected:
  OperatorContext* context_ = nullptr;
};

}  // namespace pf
