#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataflow/window/window_assigner.h"
#include "state/value_state.h"

namespace pf {

/// Which windows of one key are open, where windows merge, and under which window's namespace the contents of
/// each lie: those of a merged window stay where one of its parts had them (Flink's `MergingWindowSet`).
/// Belongs to the current key between `load` and `store`. What a checkpoint keeps: the pairs, in keyed state
/// outside of any window.
class MergingWindowSet {
 public:
  /// What a merge means for others: `merged` have become `result`, whose contents lie under `state`, where
  /// the contents of `merged_states` have to be moved to.
  struct Merged {
    const Window& result;
    const std::vector<Window>& merged;
    const Window& state;
    const std::vector<Window>& merged_states;
  };
  using OnMerge = std::function<void(const Merged&)>;

  MergingWindowSet(WindowServices& services, const WindowAssigner& assigner);

  /// Reads the set of the current key; the namespace is afterwards the empty one.
  void load();
  /// Writes it back if it has changed.
  void store();

  /// Adds a window, which may merge with others or bring others to merge, and gives the window that it is now
  /// part of. `on_merge` is not called for the new window alone.
  Window add(const Window& window, const OnMerge& on_merge);
  /// Whether adding it would make one window of several that are open. Of an assigner that has `cover`.
  bool joins_open_windows(const Window& window) const;
  /// The window under which the contents lie; null when the window is not open (any more).
  const Window* state_window(const Window& window) const;
  /// Takes a window out.
  void retire(const Window& window);

  /// Of each open window, by age: itself, and where its contents lie. One that others have merged into is as
  /// old as the oldest of them.
  using Pairs = std::vector<std::pair<Window, Window>>;

 private:
  /// The groups that have to become one once the window is there.
  std::vector<WindowAssigner::Merge> merges_with(const Window& window) const;

  WindowServices& services_;
  const WindowAssigner& assigner_;
  ValueState state_;
  Pairs open_;
  bool changed_ = false;
};

}  // namespace pf
