#include "simulation/savepoints.h"

#include <chrono>
#include <utility>

#include "base/error.h"

namespace pf::testing {

Savepoints::Savepoints(uint64_t seed, World& world, SeededFaults& faults)
    : random_(seed * 17 + 5), world_(world), faults_(faults) {
  const uint64_t kind = random_() % 24;
  if (kind < 8) left_ = 1 + random_() % 4;
  if (kind < 2) {
    turns_ = 15;
    left_ = 20;
    stops_ = 6;
  }
}

void Savepoints::turn(Job& job) {
  if (trouble_when_stopped_ && world_.has_stopped()) {
    trouble_when_stopped_ = false;
    trouble_in_ = 1 + random_() % 20;
  }
  if (trouble_in_ > 0 && --trouble_in_ == 0) random_() % 2 == 0 ? world_.die() : faults_.fail_soon();
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
  if (left_ > 0 && random_() % turns_ == 0) trigger(job);
}

void Savepoints::trigger(Job& job) {
  const uint64_t kind = random_() % 8;
  auto purpose = kind == 0  ? CheckpointPurpose::kDrain
                 : kind < 4 ? CheckpointPurpose::kSuspend
                            : CheckpointPurpose::kSavepoint;
  const bool ends_job = purpose != CheckpointPurpose::kSavepoint;
  if (ends_job && (stops_ == 0 || world_.is_restarting())) return;
  try {
    auto path = job.trigger_savepoint(world_.savepoint_folder(), purpose);
    world_.note(ends_job ? "stop with a savepoint" : "a savepoint");
    pending_.push_back({purpose, std::move(path)});
    if (ends_job) world_.expect_stop(purpose == CheckpointPurpose::kDrain);
    if (ends_job) --stops_;
    if (ends_job && random_() % 3 == 0) trouble_in_ = 1 + random_() % 150;
    trouble_when_stopped_ = ends_job && random_() % 2 == 0;
    --left_;
  } catch (const Error&) {
    world_.note("no savepoint now");
  }
}

}  // namespace pf::testing
