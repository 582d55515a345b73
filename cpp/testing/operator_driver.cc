#include "testing/operator_driver.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "dataflow/operator/sorted_input.h"

namespace pf {
namespace {

/// What an operator waits for that nothing brings about would otherwise hang a test.
constexpr std::chrono::seconds kPatience{30};

/// As a job makes it: BATCH mode sorts what is keyed.
std::unique_ptr<Operator> make_operator(const OperatorFactory& factory,
                                        const OperatorDriver::Settings& settings) {
  const auto& keys = settings.keys;
  bool keyed =
      std::any_of(keys.begin(), keys.end(), [](const auto& of_input) { return of_input != nullptr; });
  return settings.batch_mode && keyed ? make_sorted_input(factory.create(), keys) : factory.create();
}

}  // namespace

OperatorDriver::OperatorDriver(const OperatorFactory& factory, Settings settings)
    : settings_(std::move(settings)),
      clock_(settings_.epoch_millis),
      operator_(make_operator(factory, settings_)) {
  if (!settings_.state_backend) settings_.state_backend = make_heap_state_backend();
  for (const auto& keys : settings_.keys) keys_.push_back(keys ? keys->create() : nullptr);
  context_.task_name = settings_.operator_name;
  context_.operator_name = settings_.operator_name;
  context_.operator_id = settings_.operator_name;
  context_.declared_at = settings_.declared_at;
  context_.side_outputs = settings_.side_outputs;
  context_.batch_size = settings_.batch_size;
  context_.batch_mode = settings_.batch_mode;
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

OperatorDriver::~OperatorDriver() {
  try {
    close();
  } catch (...) {  // whoever wants to see the failure calls `close`
  }
}

void OperatorDriver::open() {
  opened_ = true;
  operator_->open(context_);
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
  int64_t by = epoch_millis - clock_.epoch_millis();
  if (by < 0) {
    throw Error("processing time can't go back from " + std::to_string(clock_.epoch_millis()) + " to " +
                std::to_string(epoch_millis));
  }
  clock_.advance_millis(by);
  take_turns();
}

void OperatorDriver::take_turns() {
  while (turn_is_due()) drive([this] { return operator_->take_turn(outbox_); });
}

bool OperatorDriver::turn_is_due() {
  std::lock_guard lock(mutex_);
  bool due = turn_at_ <= clock_.epoch_millis();
  if (due) turn_at_ = kMaxTimestamp;
  return std::exchange(turn_, false) || due;
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
    if (answer == Step::kWait) wait_for_wake();
  }
}

void OperatorDriver::pass_on() {
  for (Outbox::Item& item : outbox_.items()) output_.push_back(std::move(item));
  outbox_.items().clear();
}

void OperatorDriver::wait_for_wake() {
  bool came = false;
  settings_.while_waiting([&] {
    std::unique_lock lock(mutex_);
    came = woken_.wait_for(lock, kPatience, [this] { return wake_; });
    wake_ = false;
  });
  if (!came) throw Error("'" + settings_.operator_name + "' waits for something that does not come");
}

}  // namespace pf
