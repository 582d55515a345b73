#include <unordered_map>

#include "dataflow/window/window_assigner.h"

namespace pf {
namespace {

class TimeWindows final : public WindowAssigner {
 public:
  TimeWindows(int64_t size, int64_t slide, int64_t offset, bool event_time)
      : size_(size), slide_(slide), offset_(offset), event_time_(event_time) {}

  bool is_event_time() const override { return event_time_; }
  Window decode(std::string_view bytes) const override { return time_window(time_span_of(bytes)); }

  void begin_batch(const Batch&, int64_t now) override {
    known_.clear();
    last_set_ = -1;
    now_ = now;
  }

  uint32_t assign(const Batch&, size_t, int64_t timestamp, WindowSets& sets) override {
    int64_t time = now_;
    if (event_time_) {
      if (timestamp == kMinTimestamp) throw MissingTimestamp();
      time = timestamp;
    }
    // All times between two starts of windows, and between two ends, share the same windows.
    int64_t last = window_start(time, offset_, slide_);
    int64_t past_end = (time - last) >= size_ % slide_ ? 1 : 0;
    if (last == last_start_ && past_end == last_past_end_ && last_set_ >= 0) {
      return static_cast<uint32_t>(last_set_);
    }
    auto [known, added] = known_[past_end].try_emplace(last, 0);
    if (added) known->second = sets.add(windows_of(time, last));
    last_start_ = last;
    last_past_end_ = past_end;
    last_set_ = known->second;
    return known->second;
  }

 private:
  /// The latest first.
  std::vector<Window> windows_of(int64_t time, int64_t last) const {
    std::vector<Window> windows;
    for (int64_t start = last; start > saturating_add(time, -size_); start = saturating_add(start, -slide_)) {
      windows.push_back(time_window({start, saturating_add(start, size_)}));
      if (start == kMinTimestamp) break;
    }
    return windows;
  }

  int64_t size_;
  int64_t slide_;
  int64_t offset_;
  bool event_time_;
  int64_t now_ = 0;
  // Of this batch.
  struct Known {
    void clear() {
      for (auto& half : halves) half.clear();
    }
    std::unordered_map<int64_t, uint32_t>& operator[](int64_t half) { return halves[half]; }
    std::unordered_map<int64_t, uint32_t> halves[2];
  };
  Known known_;
  int64_t last_start_ = 0;
  int64_t last_past_end_ = 0;
  int64_t last_set_ = -1;
};

}  // namespace

WindowAssignerMaker make_time_windows(int64_t size, int64_t slide, int64_t offset, bool event_time) {
  return [=] { return std::make_unique<TimeWindows>(size, slide, offset, event_time); };
}

}  // namespace pf
