#include "runtime/tbb_executor.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

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

/// A node, and the task that it runs. Nodes can't go while others run, so that the next task takes one over.
struct Seat {
  std::unique_ptr<TaskNode> node;
  Runnable* task = nullptr;
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
  std::mutex mutex;  // guards the following, not what it points to
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<Seat*> vacant;
};

TbbExecutor::TbbExecutor(int workers) : impl_(std::make_unique<Impl>(workers)) {}

TbbExecutor::~TbbExecutor() { drain(); }

void TbbExecutor::add(Runnable& task) {
  PF_CHECK(task.seat == nullptr);
  std::lock_guard lock(impl_->mutex);
  if (impl_->vacant.empty()) {
    Seat* seat = impl_->seats.emplace_back(std::make_unique<Seat>()).get();
    auto body = [seat](RunOnce) {
      Runnable* task = seat->task;
      comes_after(task);
      task->run();
      comes_before(task);
    };
    seat->node = std::make_unique<TaskNode>(*impl_->graph, tbb::flow::serial, body);
    impl_->vacant.push_back(seat);
  }
  impl_->vacant.back()->task = &task;
  task.seat = impl_->vacant.back();
  impl_->vacant.pop_back();
}

void TbbExecutor::schedule(Runnable& task) {
  PF_CHECK(task.seat != nullptr);
  Seat& seat = *static_cast<Seat*>(task.seat);
  bool queue = ++seat.turns % kTurnsBeforeQueueing == 0;
  comes_before(&task);
  if (!queue) {
    seat.node->try_put(RunOnce{});
    return;
  }
  impl_->graph->reserve_wait();
  impl_->arena.enqueue([this, &seat] {
    seat.node->try_put(RunOnce{});
    impl_->graph->release_wait();
  });
}

void TbbExecutor::remove(Runnable& task) {
  PF_CHECK(task.seat != nullptr);
  std::lock_guard lock(impl_->mutex);
  impl_->vacant.push_back(static_cast<Seat*>(std::exchange(task.seat, nullptr)));
}

void TbbExecutor::drain() {
  impl_->graph->wait_for_all();
  std::lock_guard lock(impl_->mutex);
  for (const auto& seat : impl_->seats) comes_after(seat->task);
}

}  // namespace pf
