#include "testing/operator_driver.h"

#include <algorithm>

#include "dataflow/operator/sorted_input.h"

namespace pf {
namespace {

/// As a job makes it: BATCH mode sorts what is keyed.
std::unique_ptr<Operator> make_operator(const OperatorFactory& factory, bool batch_mode,
                                        const std::vector<std::shared_ptr<const KeyExtractorFactory>>& keys) {
  bool keyed =
      std::any_of(keys.begin(), keys.end(), [](const auto& of_input) { return of_input != nullptr; });
  return batch_mode && keyed ? make_sorted_input(factory.create(), keys) : factory.create();
}

}  // namespace

OperatorDriver::OperatorDriver(const OperatorFactory& factory, SubtaskSettings settings,
                               const std::vector<std::shared_ptr<const KeyExtractorFactory>>& keys)
    : subtask_(std::move(settings)), operator_(make_operator(factory, subtask_.context().batch_mode, keys)) {
  for (const auto& of_input : keys) keys_.push_back(of_input ? of_input->create() : nullptr);
}

OperatorDriver::~OperatorDriver() {
  try {
    close();
  } catch (...) {  // whoever wants to see the failure calls `close`
  }
}

void OperatorDriver::open() {
  opened_ = true;
  operator_->open(subtask_.context());
  take_turns();
}

void OperatorDriver::close() {
  if (std::exchange(opened_, false)) operator_->close();
}

void OperatorDriver::process_batch(int input, Batch batch) {
  if (KeyExtractor* keys = keys_.at(static_cast<size_t>(input)).get()) keys->extract(batch);
  drive([&] { return operator_->process_batch(input, batch, outbox_); });
  take_turns();
}

void OperatorDriver::process_watermark(int64_t timestamp) {
  drive([&] { return operator_->process_watermark({timestamp}, outbox_); });
}

void OperatorDriver::end_input(int input) {
  drive([&] { return operator_->end_input(input, outbox_); });
}

void OperatorDriver::set_processing_time(int64_t epoch_millis) {
  subtask_.set_processing_time(epoch_millis);
  take_turns();
}

std::shared_ptr<const OperatorSnapshot> OperatorDriver::snapshot_state(const SnapshotContext& checkpoint) {
  return std::make_shared<const OperatorSnapshot>(written_at_once(operator_->snapshot_state(checkpoint)));
}

void OperatorDriver::notify_checkpoint_complete(int64_t checkpoint_id) {
  operator_->notify_checkpoint_complete(checkpoint_id);
}

void OperatorDriver::notify_checkpoint_aborted(int64_t checkpoint_id) {
  operator_->notify_checkpoint_aborted(checkpoint_id);
}

void OperatorDriver::take_turns() {
  while (subtask_.turn_is_due()) drive([this] { return operator_->take_turn(outbox_); });
}

void OperatorDriver::drive(const std::function<Step()>& call) {
  for (;;) {
    Step answer;
    try {
      answer = call();
    } catch (...) {
      pass_on();
      throw;
    }
    pass_on();
    if (answer == Step::kDone) return;
    if (answer == Step::kWait) subtask_.wait_for_wake();
  }
}

void OperatorDriver::pass_on() {
  for (Outbox::Item& item : outbox_.items()) output_.push_back(std::move(item));
  outbox_.items().clear();
}

}  // namespace pf
