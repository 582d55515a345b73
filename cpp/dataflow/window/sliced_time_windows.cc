#include <unordered_map>

#include "dataflow/window/window_assigner.h"

namespace pf {
namespace {

class SlicedTimeWindows final : public WindowAssigner {
 public:
  SlicedTimeWindows(WindowSlices slices, bool event_time) : slices_(slices), event_time_(event_time) {
    PF_CHECK(slices.size() > slices.slide());
  }

  bool is_event_time() const override { return event_time_; }
  const WindowSlices* slices() const override { return &slices_; }
  Window decode(std::string_view bytes) const override { return time_window(time_span_of(bytes)); }

  void begin_batch(const Batch&, int64_t now) override {
    known_.clear();
    last_ = {0, 0};
    now_ = now;
  }

  uint32_t assign(const Batch&, size_t, int64_t timestamp, WindowSets& sets) override {
    if (event_time_ && timestamp == kMinTimestamp) throw MissingTimestamp();
    const int64_t time = event_time_ ? timestamp : now_;
    if (time >= last_.begin && time < last_.end) return last_set_;
    last_ = slices_.slice_of(time);
    auto [known, is_new] = known_.try_emplace(last_.begin, 0);
    if (is_new) known->second = sets.add(slice_at(last_.begin));
    return last_set_ = known->second;
  }

 private:
  std::vector<Window> slice_at(int64_t begin) const {
    const int64_t last_window = slices_.last_window_of(begin).value();
    if (slices_.first_window_of(begin) > last_window) return {};  // at the beginning of time
    return {slice_of_windows(begin, slices_.max_timestamp(last_window))};
  }

  const WindowSlices slices_;
  const bool event_time_;
  int64_t now_ = 0;
  // Of this batch: the sets of slices, and the slice of the row before.
  std::unordered_map<int64_t, uint32_t> known_;
  WindowSlices::Slice last_{0, 0};
  uint32_t last_set_ = 0;
};

}  // namespace

WindowAssignerMaker make_sliced_time_windows(int64_t size, int64_t slide, int64_t offset, bool event_time) {
  const WindowSlices slices(size, slide, offset);
  return [=] { return std::make_unique<SlicedTimeWindows>(slices, event_time); };
}

}  // namespace pf
