#include "simulation/seeded_faults.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace pf::testing {
namespace {

struct Point {
  const char* name;
  uint64_t often;  // about how many times a simulation comes here
  bool may_fail;   // what is thrown here the engine has to cope with
};

constexpr Point kPoints[] = {
    {"channel.send", 200, true},
    {"checkpoint.complete", 8, false},
    {"checkpoint.stored", 8, false},
    {"file.rename", 30, true},
    {"file.sync", 30, true},
    {"file.sync_folder", 30, true},
    {"file.write", 30, true},
    {"job.restore", 2, true},
    {"operator.notify", 40, true},
    {"operator.open", 20, true},
    {"rows.write", 20, true},
    {"sink.commit", 10, true},
    {"sink.committed", 10, true},
    {"snapshot.after_upload", 20, true},
    {"snapshot.begin", 40, true},
    {"snapshot.made", 40, true},
    {"snapshot.write", 20, true},
    {"snapshot.written", 20, true},
    {"storage.after_metadata", 8, true},
    {"storage.begin", 8, true},
    {"storage.discard", 6, false},
    {"storage.half_discarded", 6, false},
    {"storage.load", 2, true},
    {"storage.put_shared", 20, true},
    {"storage.remove_shared", 10, false},
    {"storage.remove_taken_over", 4, false},
    {"task.end", 6, true},
    {"task.leave", 6, true},
};

bool may_fail(std::string_view name) {
  return std::any_of(std::begin(kPoints), std::end(kPoints),
                     [&](const Point& point) { return point.name == name && point.may_fail; });
}

}  // namespace

SeededFaults::SeededFaults(uint64_t seed, World& world, ManualClock& clock, std::string defect)
    : random_(seed * 31 + 7), world_(world), clock_(clock), defect_(std::move(defect)) {
  for (uint64_t left = random_() % 5; left > 0; --left) {
    const Point& point = kPoints[random_() % std::size(kPoints)];
    uint64_t nth = 1 + random_() % point.often;
    auto action = static_cast<Action>(random_() % 3);
    if (action == Action::kFail && !point.may_fail) action = Action::kDie;
    faults_.push_back({point.name, nth, action});
  }
  tiny_channels_ = happens(40);
  tiny_slices_ = happens(50);
  chaos_ends_ = clock_.epoch_millis() + 20 + static_cast<int64_t>(random_() % 150);
  if (happens(60)) {
    lost_percent_ = static_cast<int>(random_() % 8);
    late_percent_ = static_cast<int>(random_() % 40);
    twice_percent_ = static_cast<int>(random_() % 20);
  }
  arm_faults(this);
}

SeededFaults::~SeededFaults() { arm_faults(nullptr); }

void SeededFaults::reach(std::string_view point) {
  if (!world_.alive()) return;
  world_.note(point);
  auto at = reached_.find(point);
  if (at == reached_.end()) at = reached_.emplace(point, 0).first;
  uint64_t nth = ++at->second;
  if (fails_soon_ && may_fail(point)) {
    fails_soon_ = false;
    fail_at(point);
  }
  for (const Fault& fault : faults_) {
    if (fault.point != point || fault.nth != nth) continue;
    switch (fault.action) {
      case Action::kDie:
        ++happened_;
        world_.die();
        return;
      case Action::kDelay:
        ++happened_;
        world_.note("a delay");
        clock_.pass_millis(1 + static_cast<int64_t>(random_() % 40));
        break;
      case Action::kFail:
        fail_at(point);
    }
  }
}

void SeededFaults::fail_at(std::string_view point) {
  ++happened_;
  world_.note("a failure");
  throw Error("injected at " + std::string(point));
}

bool SeededFaults::is_chaotic() const { return clock_.epoch_millis() < chaos_ends_; }

void SeededFaults::send(std::string_view message, std::function<void()> deliver) {
  if (!world_.alive()) return deliver();
  world_.note(message);
  // What a task says of its end comes in order, and is not lost unless the task itself is.
  bool ordered = message == "control.end" || message == "control.leave";
  if (is_chaotic()) {
    // Nor is what tells a job that is being stopped how it goes on: no later checkpoint would.
    bool is_last_word = message == "control.stop" || message == "control.go_on";
    if (!ordered && !is_last_word && happens(lost_percent_)) {
      world_.note("is lost");
      ++happened_;
      return;
    }
    if (happens(twice_percent_)) {
      world_.note("comes twice");
      late_.push_back({clock_.epoch_millis() + static_cast<int64_t>(random_() % 20), deliver});
    }
    if (happens(late_percent_)) {
      world_.note("is late");
      ++happened_;
      int64_t due = clock_.epoch_millis() + static_cast<int64_t>(random_() % 60);
      if (ordered) due = ordered_until_ = std::max(due, ordered_until_);
      late_.push_back({due, std::move(deliver)});
      return;
    }
  }
  if (ordered && clock_.epoch_millis() <= ordered_until_) {
    late_.push_back({ordered_until_, std::move(deliver)});
    return;
  }
  deliver();
}

void SeededFaults::deliver_due() {
  // Each is taken out before it is delivered, which may send others.
  for (size_t i = 0; i < late_.size();) {
    if (late_[i].due > clock_.epoch_millis()) {
      ++i;
      continue;
    }
    delivered_.push_back(std::move(late_[i].deliver));
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
    world_.note("a late message");
    delivered_.back()();
  }
}

void SeededFaults::forget_messages() {
  late_.clear();
  delivered_.clear();
  ordered_until_ = 0;
}

bool SeededFaults::has_defect(std::string_view name) {
  if (!world_.alive()) return false;
  if (name == "tiny_channels") return tiny_channels_;
  // Not for ever: each checkpoint might take longer than its timeout.
  if (name == "tiny_slices") return tiny_slices_ && is_chaotic();
  return name == defect_;
}

std::vector<std::string> SeededFaults::points() {
  std::vector<std::string> names;
  for (const Point& point : kPoints) names.emplace_back(point.name);
  return names;
}

}  // namespace pf::testing
