#include <functional>
#include <optional>

#include "dataflow/window/trigger.h"
#include "dataflow/window/trigger_number.h"

namespace pf {
namespace {

class CountTrigger final : public Trigger {
 public:
  explicit CountTrigger(int64_t count) : count_(count) {}

  void open(WindowServices& services) override { seen_.emplace(services, "trigger-count"); }
  TriggerResult on_element(const Batch&, size_t, int64_t, const Window&) override {
    int64_t seen = seen_->get().value_or(0) + 1;
    if (seen < count_) {
      seen_->set(seen);
      return {};
    }
    seen_->clear();
    return {.fire = true};
  }
  TriggerResult on_event_time(int64_t, const Window&) override { return {}; }
  TriggerResult on_processing_time(int64_t, const Window&) override { return {}; }
  bool can_merge() const override { return true; }
  void on_merge(const Window& window, const std::vector<Window>& merged) override {
    seen_->merge(window, merged, std::plus<>());
  }
  void clear(const Window&) override { seen_->clear(); }

 private:
  int64_t count_;
  std::optional<TriggerNumber> seen_;
};

}  // namespace

TriggerMaker make_count_trigger(int64_t count) {
  return [=] { return std::make_unique<CountTrigger>(count); };
}

}  // namespace pf
