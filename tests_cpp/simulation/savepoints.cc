#include "simulation/savepoints.h"

#include <chrono>
#include <utility>

#include "base/error.h"

namespace pf::testing {
namespace {

/// Turns between two savepoints, about.
constexpr uint64_t kTurns = 60;

}  // namespace

Savepoints::Savepoints(uint64_t seed, World& world) : random_(seed * 17 + 5), world_(world) {
  if (random_() % 3 == 0) left_ = 1 + random_() % 4;
}

void Savepoints::turn(Job& job) {
  for (size_t i = 0; i < pending_.size();) {
    if (pending_[i].path.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      ++i;
      continue;
    }
    Pending done = std::move(pending_[i]);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    try {
      world_.on_savepoint(Location(done.path.get()));
    } catch (const Error& failure) {
      if (world_.verbose) world_.note(failure.what());
      world_.note("no savepoint");
    }
  }
  if (left_ > 0 && random_() % kTurns == 0) trigger(job);
}

void Savepoints::trigger(Job& job) {
  const uint64_t kind = random_() % 8;
  auto purpose = kind == 0  ? CheckpointPurpose::kDrain
                 : kind < 4 ? CheckpointPurpose::kSuspend
                            : CheckpointPurpose::kSavepoint;
  const bool ends_job = purpose != CheckpointPurpose::kSavepoint;
  if (ends_job && stops_ == 0) return;
  try {
    auto path = job.trigger_savepoint(world_.savepoint_folder(), purpose);
    world_.note(ends_job ? "stop with a savepoint" : "a savepoint");
    pending_.push_back({purpose, std::move(path)});
    if (ends_job) world_.expect_stop(purpose == CheckpointPurpose::kDrain);
    if (ends_job) --stops_;
    --left_;
  } catch (const Error&) {
    world_.note("no savepoint now");
  }
}

}  // namespace pf::testing
