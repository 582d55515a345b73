#include "dataflow/window/merging_window_set.h"

#include <algorithm>

namespace pf {
namespace {

/// Of pointers to pairs of windows; `decode` gives a window that has these bytes.
class PairsSerializer final : public Serializer {
 public:
  using Pairs = MergingWindowSet::Pairs;

  explicit PairsSerializer(const WindowAssigner& assigner) : assigner_(assigner) {}

  static Datum of(Pairs pairs) { return {reinterpret_cast<uintptr_t>(new Pairs(std::move(pairs)))}; }
  static const Pairs& pairs(Datum value) { return *reinterpret_cast<const Pairs*>(value.word); }

  void write(Datum value, ByteWriter& out) const override {
    out.put_varint(pairs(value).size());
    for (const auto& [window, state] : pairs(value)) {
      out.put_bytes(window.bytes);
      out.put_bytes(state.bytes);
    }
  }
  Datum read(ByteReader& in) const override {
    Pairs pairs;
    for (uint64_t left = in.get_varint(); left > 0; --left) {
      Window window = assigner_.decode(in.get_bytes());
      pairs.emplace_back(std::move(window), assigner_.decode(in.get_bytes()));
    }
    return of(std::move(pairs));
  }
  Datum copy(Datum value) const override { return of(pairs(value)); }
  void destroy(Datum owned) const noexcept override { delete reinterpret_cast<Pairs*>(owned.word); }
  std::string schema() const override { return R"({"kind":"MERGING_WINDOWS"})"; }

 private:
  const WindowAssigner& assigner_;
};

StateDescriptor descriptor(const WindowAssigner& assigner) {
  StateDescriptor descriptor;
  descriptor.name = "merging-window-set";
  descriptor.value = std::make_shared<PairsSerializer>(assigner);
  return descriptor;
}

}  // namespace

MergingWindowSet::MergingWindowSet(WindowServices& services, const WindowAssigner& assigner)
    : services_(services),
      assigner_(assigner),
      state_(services.state, services.state.declare(descriptor(assigner))) {}

void MergingWindowSet::load() {
  services_.state.set_namespace({});
  Datum* found = state_.find();
  open_ = found ? PairsSerializer::pairs(*found) : Pairs();
  changed_ = false;
}

void MergingWindowSet::store() {
  if (!changed_) return;
  changed_ = false;
  services_.state.set_namespace({});
  if (open_.empty()) {
    state_.clear();
  } else {
    state_.put(PairsSerializer::of(open_));
  }
}

const Window* MergingWindowSet::state_window(const Window& window) const {
  auto found =
      std::find_if(open_.begin(), open_.end(), [&](const auto& pair) { return pair.first == window; });
  return found == open_.end() ? nullptr : &found->second;
}

void MergingWindowSet::retire(const Window& window) {
  size_t removed = std::erase_if(open_, [&](const auto& pair) { return pair.first == window; });
  changed_ |= removed > 0;
}

Window MergingWindowSet::add(const Window& window, const OnMerge& on_merge) {
  if (state_window(window)) return window;
  Window part_of = window;
  for (WindowAssigner::Merge& merge : merges_with(window)) {
    if (std::erase(merge.merged, window) > 0) part_of = merge.result;
    // What the result consists of, apart from the new window, has its contents in one place or several: that
    // of the oldest stays the place of all, and the result is as old, so that elements come by age.
    auto is_merged = [&](const auto& pair) {
      return std::find(merge.merged.begin(), merge.merged.end(), pair.first) != merge.merged.end();
    };
    changed_ = true;
    auto oldest = std::find_if(open_.begin(), open_.end(), is_merged);
    if (oldest == open_.end()) {  // only the new window, which becomes another
      open_.emplace_back(merge.result, merge.result);
      continue;
    }
    Window place = oldest->second;
    std::vector<Window> states;
    for (auto other = oldest + 1; other != open_.end(); ++other) {
      if (is_merged(*other)) states.push_back(other->second);
    }
    open_.erase(std::remove_if(oldest + 1, open_.end(), is_merged), open_.end());
    oldest->first = merge.result;
    bool nothing_new = merge.merged.size() == 1 && merge.merged.front() == merge.result;
    if (!nothing_new) on_merge({merge.result, merge.merged, place, states});
  }
  if (!state_window(part_of)) {
    open_.emplace_back(part_of, part_of);
    changed_ = true;
  }
  return part_of;
}

bool MergingWindowSet::joins_open_windows(const Window& window) const {
  auto meets = [&](const auto& pair) { return assigner_.cover(window, pair.first).has_value(); };
  return std::count_if(open_.begin(), open_.end(), meets) > 1;
}

std::vector<WindowAssigner::Merge> MergingWindowSet::merges_with(const Window& window) const {
  if (!assigner_.has_cover()) {
    std::vector<Window> candidates{window};
    for (const auto& pair : open_) candidates.push_back(pair.first);
    return assigner_.merge(candidates);
  }
  // Open windows are apart from each other, so that only those merge that the new one meets.
  WindowAssigner::Merge merge{window, {window}};
  for (const auto& pair : open_) {
    auto covering = assigner_.cover(merge.result, pair.first);
    if (!covering) continue;
    merge.result = std::move(*covering);
    merge.merged.push_back(pair.first);
  }
  if (merge.merged.size() < 2) return {};
  return {std::move(merge)};
}

}  // namespace pf
