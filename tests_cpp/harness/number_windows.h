#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/window/window_operator.h"
#include "harness/operator_harness.h"
#include "harness/sliced_numbers.h"
#include "harness/text_results.h"
#include "harness/values.h"
#include "state/column_key_codec.h"
#include "state/list_state.h"

namespace pf::testing {

/// Windows over numbers: each firing gives a text such as "[0,10) 1 2 3", or as many texts as
/// `results_for_each` says. Counts the windows that it was told to forget.
class NumberWindows final : public WindowContents {
 public:
  explicit NumberWindows(int* disposed = nullptr, size_t results_for_each = 1,
                         WindowServices** shown = nullptr, std::function<void()> on_add = {})
      : disposed_(disposed), results_for_each_(results_for_each), shown_(shown), on_add_(std::move(on_add)) {}

  void open(WindowServices& services) override {
    WindowContents::open(services);
    if (shown_) *shown_ = &services;
    StateDescriptor descriptor;
    descriptor.name = "window-contents";
    descriptor.kind = StateDescriptor::Kind::kList;
    descriptor.value = make_long_serializer();
    state_ = std::make_unique<ListState>(services.state, services.state.declare(descriptor));
  }
  bool add(const Batch& batch, std::span<const uint32_t> rows) override {
    if (on_add_) on_add_();
    bool empty = state_->get().empty();
    for (uint32_t row : rows) state_->add({static_cast<uint64_t>(longs_of(batch)[row])});
    return empty;
  }
  void merge(const Window& into, const std::vector<Window>& others) override {
    std::vector<Datum> all = state_->get();
    for (const Window& other : others) {
      services_->enter(other);
      for (Datum number : state_->get()) all.push_back(number);
      state_->clear();
    }
    services_->enter(into);
    state_->update(all);
  }
  void clear() override { state_->clear(); }
  bool fire(const Window& window) override {
    std::vector<Datum> numbers = state_->get();
    if (numbers.empty()) return true;
    text_ = "";
    if (window.bytes.size() > 8) {
      TimeSpan span = time_span_of(window.bytes);
      text_.append("[").append(std::to_string(span.start)).append(",");
      text_.append(std::to_string(span.end)).append(")");
    }
    for (Datum number : numbers) {
      text_.append(" ").append(std::to_string(static_cast<int64_t>(number.word)));
    }
    timestamp_ = window.max_timestamp;
    left_ = results_for_each_;
    return resume_fire();
  }
  bool resume_fire() override {
    while (left_ > 0 && !full()) {
      results_.add(text_, timestamp_);
      --left_;
    }
    return left_ == 0;
  }
  void dispose(const Window&) override {
    if (disposed_) ++*disposed_;
  }
  bool full() const override { return results_.full(services_->context); }
  void flush(Outbox& out) override { results_.flush(out); }

 private:
  int* disposed_;
  size_t results_for_each_;
  WindowServices** shown_;
  std::function<void()> on_add_;
  std::unique_ptr<ListState> state_;
  std::string text_;
  int64_t timestamp_ = 0;
  size_t left_ = 0;
  TextResults results_;
};

/// Numbers, each with its time, for one key.
inline Batch timed(const std::vector<std::pair<int64_t, int64_t>>& numbers, const std::string& key = "k") {
  std::vector<int64_t> values;
  std::vector<int64_t> times;
  for (auto [value, time] : numbers) {
    values.push_back(value);
    times.push_back(time);
  }
  Batch batch = longs(std::move(values));
  batch.keys = string_column(std::vector<std::string>(numbers.size(), key));
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(times));
  return batch;
}

/// Numbers that are their own times.
inline Batch at_times(const std::vector<int64_t>& times, const std::string& key = "k") {
  std::vector<std::pair<int64_t, int64_t>> numbers;
  for (int64_t time : times) numbers.emplace_back(time, time);
  return timed(numbers, key);
}

struct WindowSetup {
  WindowAssignerMaker assigner;
  TriggerMaker trigger = make_event_time_trigger();
  int64_t allowed_lateness = 0;
  std::string late_output = {};
  int* disposed = nullptr;
  size_t results_for_each = 1;
  WindowServices** services = nullptr;  // set when the operator opens
  std::function<void()> on_add = {};    // called whenever records are added
  int* merges = nullptr;                // of slices
};

inline std::shared_ptr<const OperatorFactory> number_windows(WindowSetup setup) {
  WindowPlan plan;
  plan.make_parts = [setup] {
    WindowParts parts{setup.assigner(), setup.trigger(), nullptr};
    if (const WindowSlices* slices = parts.assigner->slices()) {
      parts.contents = std::make_unique<SlicedNumbers>(*slices, setup.on_add, setup.merges);
    } else {
      parts.contents = std::make_unique<NumberWindows>(setup.disposed, setup.results_for_each, setup.services,
                                                       setup.on_add);
    }
    return parts;
  };
  plan.keys = make_column_key_codec();
  plan.allowed_lateness = setup.allowed_lateness;
  plan.late_output = setup.late_output;
  return make_window_operator(std::move(plan));
}

inline std::vector<std::string> fired(const OperatorHarness& harness) {
  return harness.values([](const Batch& batch) { return strings_of(batch); });
}

}  // namespace pf::testing
