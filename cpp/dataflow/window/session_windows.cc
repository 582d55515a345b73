#include <algorithm>

#include "dataflow/window/window_assigner.h"

namespace pf {

std::optional<Window> cover_time_windows(const Window& left, const Window& right) {
  TimeSpan a = time_span_of(left.bytes);
  TimeSpan b = time_span_of(right.bytes);
  if (a.start > b.end || b.start > a.end) return std::nullopt;
  return time_window({std::min(a.start, b.start), std::max(a.end, b.end)});
}

std::vector<WindowAssigner::Merge> merge_time_windows(const std::vector<Window>& windows) {
  std::vector<Window> sorted = windows;
  std::sort(sorted.begin(), sorted.end(), [](const Window& a, const Window& b) {
    TimeSpan left = time_span_of(a.bytes);
    TimeSpan right = time_span_of(b.bytes);
    return std::pair(left.start, left.end) < std::pair(right.start, right.end);
  });
  std::vector<WindowAssigner::Merge> groups;
  for (Window& window : sorted) {
    auto covering = groups.empty() ? std::nullopt : cover_time_windows(groups.back().result, window);
    if (covering) {
      groups.back().result = std::move(*covering);
      groups.back().merged.push_back(std::move(window));
    } else {
      groups.push_back({window, {window}});
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.merged.size() < 2; });
  return groups;
}

namespace {

class SessionWindows final : public WindowAssigner {
 public:
  SessionWindows(int64_t gap, bool event_time) : gap_(gap), event_time_(event_time) {}

  bool is_event_time() const override { return event_time_; }
  Window decode(std::string_view bytes) const override { return time_window(time_span_of(bytes)); }
  void begin_batch(const Batch&, int64_t now) override { now_ = now; }
  uint32_t assign(const Batch&, size_t, int64_t timestamp, WindowSets& sets) override {
    // As in Flink, records without timestamp, which fixed windows refuse, are in a session at Long.MIN.
    int64_t time = event_time_ ? timestamp : now_;
    return sets.add({time_window({time, saturating_add(time, gap_)})});
  }
  bool merging() const override { return true; }
  std::vector<Merge> merge(const std::vector<Window>& windows) const override {
    return merge_time_windows(windows);
  }
  bool has_cover() const override { return true; }
  std::optional<Window> cover(const Window& left, const Window& right) const override {
    return cover_time_windows(left, right);
  }

 private:
  int64_t gap_;
  bool event_time_;
  int64_t now_ = 0;
};

}  // namespace

WindowAssignerMaker make_session_windows(int64_t gap, bool event_time) {
  return [=] { return std::make_unique<SessionWindows>(gap, event_time); };
}

}  // namespace pf
