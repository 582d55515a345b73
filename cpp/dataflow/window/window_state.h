#pragma once

#include <string_view>

#include "dataflow/operator/other_state.h"

namespace pf {

/// What windows are remembered as, by the name of the state: aggregates on columns, contents of each window,
/// or slices that windows share.
enum class WindowState : uint8_t { kAggregates, kContents, kSlices };

/// Throws Error where the checkpoint has windows of another kind.
inline void refuse_windows_of_other_kind(const OperatorContext& context, WindowState kind) {
  constexpr std::string_view kFunctionDecides =
      "whether the function is a SlicedAggregateFunction or a SlicedReduceFunction decides that, and whether "
      "windows slide and have their default trigger: declare all of it as it was";
  const bool columns = kind == WindowState::kAggregates;
  const std::string_view advice = columns ? kTypesDecide : kFunctionDecides;
  if (kind != WindowState::kAggregates) refuse_state_of(context, "aggregates", "in columns", kTypesDecide);
  if (kind != WindowState::kContents) {
    refuse_state_of(context, "window-contents", columns ? "as Python objects" : "for each window", advice);
  }
  if (kind != WindowState::kSlices) refuse_state_of(context, "window-slices", "in slices", kFunctionDecides);
}

}  // namespace pf
