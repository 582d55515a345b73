#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataflow/window/window_services.h"
#include "state/value_state.h"

namespace pf {

/// A number that a trigger remembers for each window.
class TriggerNumber {
 public:
  TriggerNumber(WindowServices& services, std::string name)
      : services_(services), state_(services.state, services.state.declare(descriptor(std::move(name)))) {}

  std::optional<int64_t> get() {
    Datum* number = state_.find();
    if (!number) return std::nullopt;
    return static_cast<int64_t>(number->word);
  }
  void set(int64_t number) { state_.put({static_cast<uint64_t>(number)}); }
  void clear() { state_.clear(); }

  /// Moves the numbers of merged windows into the one that they became, the current one.
  void merge(const Window& into, const std::vector<Window>& merged,
             const std::function<int64_t(int64_t, int64_t)>& combine) {
    services_.enter(into);
    std::optional<int64_t> all = get();
    for (const Window& window : merged) {
      if (window == into) continue;
      services_.enter(window);
      auto number = get();
      if (!number) continue;
      all = all ? combine(*all, *number) : *number;
      clear();
    }
    services_.enter(into);
    if (all) set(*all);
  }

 private:
  static StateDescriptor descriptor(std::string name) {
    StateDescriptor descriptor;
    descriptor.name = std::move(name);
    descriptor.value = make_long_serializer();
    return descriptor;
  }

  WindowServices& services_;
  ValueState state_;
};

}  // namespace pf
