#include <algorithm>
#include <memory>

#include "dataflow/window/window_assigner.h"
#include "state/value_state.h"

namespace pf {
namespace {

class GlobalWindows final : public WindowAssigner {
 public:
  bool is_event_time() const override { return false; }
  Window decode(std::string_view) const override { return global_window(); }
  uint32_t assign(const Batch&, size_t, int64_t, WindowSets& sets) override {
    return sets.size() > 0 ? 0 : sets.add({global_window()});
  }
};

/// Numbers the records of each key, in state, and derives windows from the number.
class CountWindows final : public WindowAssigner {
 public:
  CountWindows(int64_t size, int64_t slide) : size_(size), slide_(slide) {}

  void open(WindowServices& services) override {
    StateDescriptor descriptor;
    descriptor.name = "window-count";
    descriptor.value = make_long_serializer();
    seen_ = std::make_unique<ValueState>(services.state, services.state.declare(descriptor));
  }
  bool is_event_time() const override { return false; }
  bool uses_state() const override { return true; }
  Window decode(std::string_view bytes) const override { return count_window(count_window_number(bytes)); }

  uint32_t assign(const Batch&, size_t, int64_t, WindowSets& sets) override {
    Datum* seen = seen_->find();
    int64_t number = seen ? static_cast<int64_t>(seen->word) : 0;
    seen_->put({static_cast<uint64_t>(number + 1)});
    // Windows begin at multiples of the slide; the first that still holds the record is rounded up.
    int64_t last = number / slide_;
    int64_t first = number < size_ ? 0 : (number - size_) / slide_ + 1;
    std::vector<Window> windows;
    for (int64_t window = last; window >= first; --window) windows.push_back(count_window(window));
    return sets.add(std::move(windows));
  }

 private:
  int64_t size_;
  int64_t slide_;
  std::unique_ptr<ValueState> seen_;
};

}  // namespace

WindowAssignerMaker make_global_windows() {
  return [] { return std::make_unique<GlobalWindows>(); };
}

WindowAssignerMaker make_count_windows(int64_t size, int64_t slide) {
  return [=] { return std::make_unique<CountWindows>(size, slide); };
}

}  // namespace pf
