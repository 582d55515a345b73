#pragma once

#include <memory>

#include "runtime/executor.h"

namespace pf {

/// Runs native tasks on TBB workers: one serial function node of a flow graph for each task, and a
/// message to it for each time it shall run. Owned by the job; outlives its tasks.
class TbbExecutor final : public Executor {
 public:
  explicit TbbExecutor(int workers);
  ~TbbExecutor() override;

  void add(Runnable& task) override;
  void schedule(Runnable& task) override;
  void remove(Runnable& task) override;
  void drain() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pf
