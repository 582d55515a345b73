#include "dataflow/window/trigger.h"

namespace pf {
namespace {

class EventTimeTrigger final : public Trigger {
 public:
  TriggerResult on_element(const Batch&, size_t, int64_t, const Window& window) override {
    if (!quiet(window)) return {.fire = true};
    services_->timers.register_event_timer(window.max_timestamp);
    return {};
  }
  TriggerResult on_event_time(int64_t time, const Window& window) override {
    return {.fire = time == window.max_timestamp};
  }
  TriggerResult on_processing_time(int64_t, const Window&) override { return {}; }
  bool quiet(const Window& window) const override {
    return window.max_timestamp > services_->timers.current_watermark();
  }
  bool can_merge() const override { return true; }
  void on_merge(const Window& window, const std::vector<Window>&) override {
    if (quiet(window)) services_->timers.register_event_timer(window.max_timestamp);
  }
  void clear(const Window& window) override { services_->timers.delete_event_timer(window.max_timestamp); }
};

class ProcessingTimeTrigger final : public Trigger {
 public:
  TriggerResult on_element(const Batch&, size_t, int64_t, const Window& window) override {
    services_->timers.register_processing_timer(window.max_timestamp);
    return {};
  }
  TriggerResult on_event_time(int64_t, const Window&) override { return {}; }
  TriggerResult on_processing_time(int64_t, const Window&) override { return {.fire = true}; }
  bool quiet(const Window&) const override { return true; }
  bool can_merge() const override { return true; }
  void on_merge(const Window& window, const std::vector<Window>&) override {
    if (window.max_timestamp > services_->timers.current_processing_time()) {
      services_->timers.register_processing_timer(window.max_timestamp);
    }
  }
  void clear(const Window& window) override {
    services_->timers.delete_processing_timer(window.max_timestamp);
  }
};

class NeverTrigger final : public Trigger {
 public:
  TriggerResult on_element(const Batch&, size_t, int64_t, const Window&) override { return {}; }
  TriggerResult on_event_time(int64_t, const Window&) override { return {}; }
  TriggerResult on_processing_time(int64_t, const Window&) override { return {}; }
  bool quiet(const Window&) const override { return true; }
  bool can_merge() const override { return true; }
  void on_merge(const Window&, const std::vector<Window>&) override {}
  void clear(const Window&) override {}
};

class PurgingTrigger final : public Trigger {
 public:
  explicit PurgingTrigger(std::unique_ptr<Trigger> nested) : nested_(std::move(nested)) {}

  void open(WindowServices& services) override { nested_->open(services); }
  void close() override { nested_->close(); }
  void begin_batch(const Batch& batch) override { nested_->begin_batch(batch); }
  TriggerResult on_element(const Batch& batch, size_t row, int64_t timestamp, const Window& window) override {
    return purging(nested_->on_element(batch, row, timestamp, window));
  }
  TriggerResult on_event_time(int64_t time, const Window& window) override {
    return purging(nested_->on_event_time(time, window));
  }
  TriggerResult on_processing_time(int64_t time, const Window& window) override {
    return purging(nested_->on_processing_time(time, window));
  }
  bool quiet(const Window& window) const override { return nested_->quiet(window); }
  bool can_merge() const override { return nested_->can_merge(); }
  void on_merge(const Window& window, const std::vector<Window>& merged) override {
    nested_->on_merge(window, merged);
  }
  void clear(const Window& window) override { nested_->clear(window); }

 private:
  static TriggerResult purging(TriggerResult result) {
    result.purge |= result.fire;
    return result;
  }

  std::unique_ptr<Trigger> nested_;
};

}  // namespace

TriggerMaker make_event_time_trigger() {
  return [] { return std::make_unique<EventTimeTrigger>(); };
}

TriggerMaker make_processing_time_trigger() {
  return [] { return std::make_unique<ProcessingTimeTrigger>(); };
}

TriggerMaker make_never_trigger() {
  return [] { return std::make_unique<NeverTrigger>(); };
}

TriggerMaker make_purging_trigger(TriggerMaker nested) {
  return [nested = std::move(nested)] { return std::make_unique<PurgingTrigger>(nested()); };
}

}  // namespace pf
