#include <algorithm>
#include <optional>

#include "dataflow/window/trigger.h"
#include "dataflow/window/trigger_number.h"

namespace pf {
namespace {

/// When a window fires next is its state; firings lie on multiples of the interval, the last at its end.
class ContinuousTrigger : public Trigger {
 public:
  /// Its next firing depends on how large the window is at each record.
  bool takes_covering_windows() const override { return false; }
  explicit ContinuousTrigger(int64_t interval) : interval_(interval) {}

  void open(WindowServices& services) override {
    Trigger::open(services);
    next_.emplace(services, "trigger-next-firing");
  }
  bool can_merge() const override { return true; }

 protected:
  virtual void register_timer(int64_t time) = 0;
  virtual void delete_timer(int64_t time) = 0;

  void start(int64_t time, const Window& window) {
    if (!next_->get()) register_next(window_start(time, 0, interval_), window);
  }
  TriggerResult fire_if_due(int64_t time, const Window& window) {
    if (next_->get() != time) return {};
    register_next(time, window);
    return {.fire = true};
  }
  void merge_next(const Window& window, const std::vector<Window>& merged) {
    next_->merge(window, merged, [](int64_t a, int64_t b) { return std::min(a, b); });
    if (auto next = next_->get()) register_timer(*next);
  }
  void clear_next() {
    auto next = next_->get();
    if (!next) return;
    delete_timer(*next);
    next_->clear();
  }

 private:
  void register_next(int64_t time, const Window& window) {
    int64_t next = std::min(saturating_add(time, interval_), window.max_timestamp);
    next_->set(next);
    register_timer(next);
  }

  int64_t interval_;
  std::optional<TriggerNumber> next_;
};

class ContinuousEventTimeTrigger final : public ContinuousTrigger {
 public:
  using ContinuousTrigger::ContinuousTrigger;

  TriggerResult on_element(const Batch&, size_t, int64_t timestamp, const Window& window) override {
    if (!quiet(window)) return {.fire = true};
    register_timer(window.max_timestamp);
    start(timestamp, window);
    return {};
  }
  TriggerResult on_event_time(int64_t time, const Window& window) override {
    if (time == window.max_timestamp) return {.fire = true};
    return fire_if_due(time, window);
  }
  TriggerResult on_processing_time(int64_t, const Window&) override { return {}; }
  bool quiet(const Window& window) const override {
    return window.max_timestamp > services_->timers.current_watermark();
  }
  void on_merge(const Window& window, const std::vector<Window>& merged) override {
    merge_next(window, merged);
    if (quiet(window)) register_timer(window.max_timestamp);
  }
  void clear(const Window& window) override {
    clear_next();
    delete_timer(window.max_timestamp);
  }

 private:
  void register_timer(int64_t time) override { services_->timers.register_event_timer(time); }
  void delete_timer(int64_t time) override { services_->timers.delete_event_timer(time); }
};

class ContinuousProcessingTimeTrigger final : public ContinuousTrigger {
 public:
  using ContinuousTrigger::ContinuousTrigger;

  TriggerResult on_element(const Batch&, size_t, int64_t, const Window& window) override {
    start(services_->timers.current_processing_time(), window);
    return {};
  }
  TriggerResult on_event_time(int64_t, const Window&) override { return {}; }
  TriggerResult on_processing_time(int64_t time, const Window& window) override {
    return fire_if_due(time, window);
  }
  bool quiet(const Window&) const override { return true; }
  void on_merge(const Window& window, const std::vector<Window>& merged) override {
    merge_next(window, merged);
  }
  void clear(const Window&) override { clear_next(); }

 private:
  void register_timer(int64_t time) override { services_->timers.register_processing_timer(time); }
  void delete_timer(int64_t time) override { services_->timers.delete_processing_timer(time); }
};

}  // namespace

TriggerMaker make_continuous_event_time_trigger(int64_t interval) {
  return [=] { return std::make_unique<ContinuousEventTimeTrigger>(interval); };
}

TriggerMaker make_continuous_processing_time_trigger(int64_t interval) {
  return [=] { return std::make_unique<ContinuousProcessingTimeTrigger>(interval); };
}

}  // namespace pf
