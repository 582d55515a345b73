#include "control/time/timer_service.h"

#include "model/stream_element.h"

namespace pf {
namespace {

const char kEventTimers[] = "_timer_state/event_timers";
const char kProcessingTimers[] = "_timer_state/processing_timers";

}  // namespace

TimerService::TimerService(KeyedStateBackend& state, const Clock& clock,
                           std::function<void(int64_t)> request_turn_at)
    : state_(state),
      clock_(clock),
      request_turn_at_(std::move(request_turn_at)),
      event_(make_keyed_timers(state, kEventTimers)),
      processing_(make_keyed_timers(state, kProcessingTimers)),
      watermark_(kMinTimestamp) {
  state_.attach(kEventTimers, *event_);
  state_.attach(kProcessingTimers, *processing_);
  request_turn();
}

TimerService::~TimerService() {
  state_.detach(kEventTimers);
  state_.detach(kProcessingTimers);
}

void TimerService::end_time() {
  watermark_ = kMaxTimestamp;
  time_is_over_ = true;
}

void TimerService::begin_time() {
  watermark_ = kMinTimestamp;
  time_is_over_ = false;
}

void TimerService::register_event_timer(int64_t time) {
  if (!time_is_over_) register_following_event_timer(time);
}

void TimerService::register_following_event_timer(int64_t time) { event_->add(time, state_.current_entry()); }

void TimerService::delete_event_timer(int64_t time) { event_->remove(time, state_.current_entry()); }

void TimerService::register_processing_timer(int64_t time) {
  if (!time_is_over_) register_following_processing_timer(time);
}

void TimerService::register_following_processing_timer(int64_t time) {
  auto before = processing_->earliest();
  processing_->add(time, state_.current_entry());
  if (!before || time < *before) request_turn();
}

void TimerService::delete_processing_timer(int64_t time) {
  processing_->remove(time, state_.current_entry());
}

std::optional<int64_t> TimerService::next_event_timer() { return next(*event_, watermark_); }

std::optional<int64_t> TimerService::next_processing_timer() {
  // As in Flink, the millisecond of a timer has to be over: what is registered within it comes in time.
  auto time = next(*processing_, time_is_over_ ? kMaxTimestamp : current_processing_time() - 1);
  if (!time) request_turn();
  return time;
}

std::optional<int64_t> TimerService::next(KeyedTimers& timers, int64_t by) {
  auto time = timers.pop_due(by, due_);
  if (time) state_.set_current_entry(due_);
  return time;
}

void TimerService::request_turn() {
  auto earliest = processing_->earliest();
  if (earliest && *earliest < kMaxTimestamp) request_turn_at_(*earliest + 1);
}

}  // namespace pf
