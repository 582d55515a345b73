#include "testing/driven_subtask.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"

namespace pf {
namespace {

/// What a subtask waits for that nothing brings about would otherwise hang a test.
constexpr std::chrono::seconds kPatience{30};

}  // namespace

DrivenSubtask::DrivenSubtask(SubtaskSettings settings)
    : settings_(std::move(settings)), clock_(settings_.epoch_millis) {
  if (!settings_.state_backend) settings_.state_backend = make_heap_state_backend();
  context_.task_name = settings_.operator_name;
  context_.operator_name = settings_.operator_name;
  context_.operator_id = settings_.operator_name;
  context_.declared_at = settings_.declared_at;
  context_.side_outputs = settings_.side_outputs;
  context_.batch_size = settings_.batch_size;
  context_.batch_mode = settings_.batch_mode;
  context_.subtask = settings_.subtask;
  context_.parallelism = settings_.parallelism;
  context_.max_parallelism = settings_.max_parallelism;
  context_.restored_checkpoint_id = settings_.restored_checkpoint_id;
  context_.restored = settings_.restored;
  context_.buffer_timeout_nanos = -1;
  context_.state_backend = settings_.state_backend.get();
  context_.clock = &clock_;
  context_.metrics = &metrics_;
  context_.wake = [this] {
    std::lock_guard lock(mutex_);
    wake_ = true;
    woken_.notify_all();
  };
  context_.wake_after = [](int64_t) {};
  context_.request_turn = [this] {
    std::lock_guard lock(mutex_);
    turn_ = wake_ = true;
    woken_.notify_all();
  };
  context_.request_turn_at = [this](int64_t epoch_millis) { turn_at_ = std::min(turn_at_, epoch_millis); };
}

void DrivenSubtask::set_processing_time(int64_t epoch_millis) {
  int64_t by = epoch_millis - clock_.epoch_millis();
  if (by < 0) {
    throw Error("processing time can't go back from " + std::to_string(clock_.epoch_millis()) + " to " +
                std::to_string(epoch_millis));
  }
  clock_.advance_millis(by);
}

bool DrivenSubtask::turn_is_due() {
  std::lock_guard lock(mutex_);
  bool due = turn_at_ <= clock_.epoch_millis();
  if (due) turn_at_ = kMaxTimestamp;
  return std::exchange(turn_, false) || due;
}

void DrivenSubtask::wait_for_wake() {
  bool came = false;
  settings_.while_waiting([&] {
    std::unique_lock lock(mutex_);
    came = woken_.wait_for(lock, kPatience, [this] { return wake_; });
    wake_ = false;
  });
  if (!came) throw Error("'" + settings_.operator_name + "' waits for something that does not come");
}

}  // namespace pf
