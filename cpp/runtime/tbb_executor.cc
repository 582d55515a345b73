#include "runtime/tbb_executor.h"

#include <mutex>
#include <optional>
#include <unordered_map>

#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#include "base/error.h"

namespace pf {
namespace {

// The thread sanitizer can't look into libtbb. These tell it what TBB promises: scheduling a task comes
// before the run, and a run before the next one of the same task and before the end of `drain`.
#ifdef __SANITIZE_THREAD__
void comes_before(Runnable* task) { __tsan_release(task); }
void comes_after(Runnable* task) { __tsan_acquire(task); }
#else
void comes_before(Runnable*) {}
void comes_after(Runnable*) {}
#endif

struct RunOnce {};
using TaskNode = tbb::flow::function_node<RunOnce>;

/// Each so-many-th time, a task is put behind all others. TBB otherwise prefers what a worker has scheduled
/// last, and tasks that never rest, or keep waking each other, would starve the rest.
constexpr uint32_t kTurnsBeforeQueueing = 64;

struct Entry {
  std::unique_ptr<TaskNode> node;
  uint32_t turns = 0;  // a task is scheduled by one thread at a time
};

}  // namespace

struct TbbExecutor::Impl {
  explicit Impl(int workers)
      : limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(workers) + 1),
        arena(workers, 0) {
    // A graph belongs for good to the arena that it is made in.
    arena.execute([this] { graph.emplace(); });
  }

  tbb::global_control limit;
  tbb::task_arena arena;
  std::optional<tbb::flow::graph> graph;
  std::unordered_map<Runnable*, Entry> nodes;
};

TbbExecutor::TbbExecutor(int workers) : impl_(std::make_unique<Impl>(workers)) {}

TbbExecutor::~TbbExecutor() { drain(); }

void TbbExecutor::add(Runnable& task) {
  auto body = [&task](RunOnce) {
    comes_after(&task);
    task.run();
    comes_before(&task);
  };
  impl_->nodes[&task].node = std::make_unique<TaskNode>(*impl_->graph, tbb::flow::serial, body);
}

void TbbExecutor::schedule(Runnable& task) {
  auto found = impl_->nodes.find(&task);
  PF_CHECK(found != impl_->nodes.end());
  Entry& entry = found->second;
  bool queue = ++entry.turns % kTurnsBeforeQueueing == 0;
  comes_before(&task);
  if (!queue) {
    entry.node->try_put(RunOnce{});
    return;
  }
  impl_->graph->reserve_wait();
  impl_->arena.enqueue([this, &entry] {
    entry.node->try_put(RunOnce{});
    impl_->graph->release_wait();
  });
}

void TbbExecutor::remove(Runnable& task) { impl_->nodes.erase(&task); }

void TbbExecutor::drain() {
  impl_->graph->wait_for_all();
  for (const auto& [task, entry] : impl_->nodes) comes_after(task);
}

}  // namespace pf
