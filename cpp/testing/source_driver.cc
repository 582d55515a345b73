#include "testing/source_driver.h"

namespace pf {

SourceDriver::SourceDriver(const SourceFactory& factory, SubtaskSettings settings)
    : subtask_(std::move(settings)),
      source_(factory.create(subtask_.context().subtask, subtask_.context().parallelism)) {}

SourceDriver::~SourceDriver() {
  try {
    close();
  } catch (...) {  // whoever wants to see the failure calls `close`
  }
}

void SourceDriver::open() {
  opened_ = true;
  source_->open(subtask_.context());
}

void SourceDriver::close() {
  if (std::exchange(opened_, false)) source_->close();
}

template <typename Call>
auto SourceDriver::emitting(Call call) {
  try {
    auto answer = call();
    pass_on();
    return answer;
  } catch (...) {
    pass_on();
    throw;
  }
}

bool SourceDriver::poll() {
  for (;;) {
    Poll answer = emitting([this] { return source_->poll(outbox_); });
    if (answer != Poll::kWait) return answer == Poll::kMore;
    subtask_.wait_for_wake();
  }
}

std::shared_ptr<const OperatorSnapshot> SourceDriver::snapshot_state(const SnapshotContext& checkpoint) {
  for (;;) {
    Step answer = emitting([this] { return source_->prepare_snapshot(outbox_); });
    if (answer == Step::kDone) break;
    if (answer == Step::kWait) subtask_.wait_for_wake();
  }
  return std::make_shared<const OperatorSnapshot>(source_->snapshot_state(checkpoint));
}

void SourceDriver::notify_checkpoint_complete(int64_t checkpoint_id) {
  source_->notify_checkpoint_complete(checkpoint_id);
}

void SourceDriver::notify_checkpoint_aborted(int64_t checkpoint_id) {
  source_->notify_checkpoint_aborted(checkpoint_id);
}

void SourceDriver::pass_on() {
  for (Outbox::Item& item : outbox_.items()) output_.push_back(std::move(item));
  outbox_.items().clear();
}

}  // namespace pf
